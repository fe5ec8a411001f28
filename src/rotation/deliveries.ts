import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Claim, Journal } from '../journal/journal.js';
import type { Clock } from './clock.js';
import type { Delivery } from './delivery.js';
import { countOf, decideDelivery, delivered, failedTry, isOver, observed } from './delivery.js';
import { asRotorError, RotorError } from './errors.js';
import type { Look } from './look.js';
import type { NamedTarget, Ports } from './ports.js';
import type { Target } from '../targets/target.js';
import { Stop } from './stop.js';
import type { Millis, Run } from './run.js';

type Sight = Pick<Delivery, 'lastBehind' | 'convergedAt'>;

export type DeliveriesDeps = {
  readonly run: Run;
  readonly claim: Claim;
  readonly journal: Journal;
  readonly ports: Ports;
  readonly look: Look;
  readonly clock: Clock;
  readonly random: () => number;
};

/**
 * The deliveries of one settled run. They hold no lock, and one target's failure neither stops nor delays another's;
 * a newer run of the rotation takes them over.
 */
export class Deliveries {
  #ledger: readonly Delivery[];
  /** One entry at a time: each is a whole ledger, so two at once would overwrite each other. */
  #writing: Promise<unknown> = Promise.resolve();
  /** Waits for the one that is being written, and holds whatever changes until it begins itself. */
  #next: Promise<unknown> | undefined;

  constructor(private readonly deps: DeliveriesDeps) {
    this.#ledger = deps.run.deliveries;
  }

  async drive(signal: AbortSignal): Promise<void> {
    const waiting = this.#ledger.filter((delivery) => !isOver(delivery));
    const workers = Array.from({ length: this.deps.run.policy.maxConcurrentTargets }, async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) await this.#one(next.target, signal);
    });
    const settled = await Promise.allSettled(workers);
    for (const result of settled) if (result.status === 'rejected') throw result.reason;
  }

  async #one(name: string, signal: AbortSignal): Promise<void> {
    const named = this.deps.ports.targets.find((target) => target.name === name);
    if (!named) throw new Error(`the run's spec has no target ${name}`);
    for (let delivery = this.#find(name); !isOver(delivery); delivery = this.#find(name)) {
      signal.throwIfAborted();
      if (await this.#supersededBy(delivery)) return;
      await this.#step(delivery, named, signal);
    }
  }

  async #step(delivery: Delivery, named: NamedTarget, signal: AbortSignal): Promise<void> {
    const { clock, run, random } = this.deps;
    const action = decideDelivery(delivery, clock.now());
    try {
      if (action.do === 'wait') await clock.sleep(action.until - clock.now(), signal);
      if (action.do === 'deliver') await this.#deliver(delivery, named, signal);
      if (action.do === 'observe') await this.#observe(delivery, named, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      const { code, message, retryable } = asRotorError(error);
      if (code === 'lease_lost' || code === 'journal_unavailable') throw error;
      const failed = failedTry(
        this.#find(delivery.target),
        { code, detail: message, retryable },
        run.policy,
        clock.now(),
        random,
      );
      await this.#save(failed);
    }
  }

  async #deliver(
    delivery: Delivery,
    { target, readyTimeoutMs }: NamedTarget,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, run, look, ports } = this.deps;
    if (run.state.state !== 'settled') throw new Error('deliveries begin when the token is settled');
    const token = await look.purse.read(run.state.current, ports.store, signal);
    const started = { ...delivery, state: 'delivering', lastBehind: clock.now() } as const;
    await this.#save(started);
    using handedOver = new Stop([signal]);
    const sight = this.#watch(started, target, handedOver.signal);
    try {
      await target.deliver(token, signal);
    } finally {
      handedOver.abort();
    }
    await this.#save(delivered({ ...started, ...(await sight) }, clock.now(), readyTimeoutMs));
  }

  /**
   * When the instances were last seen behind and first seen on the token while a reload command still runs: it may go
   * on long after the process has the token. What cannot be looked at now is looked at afterwards.
   */
  async #watch(delivery: Delivery, target: Target, signal: AbortSignal): Promise<Sight> {
    const { clock, run } = this.deps;
    const seen: { lastBehind?: Millis; convergedAt?: Millis } = {};
    try {
      while (seen.convergedAt === undefined) {
        const began = clock.now();
        const { state } = await target.observe(delivery.fingerprint, signal);
        if (state === 'assumed' || state === 'needs_release') return {};
        if (state === 'converged') seen.convergedAt = clock.now();
        else seen.lastBehind = began;
        await clock.sleep(Math.max(0, run.policy.probeIntervalMs - (clock.now() - began)), signal);
      }
    } catch {
      // Ended with the delivery, or the check does not work while the process restarts.
    }
    return seen;
  }

  async #observe(delivery: Delivery, { target }: NamedTarget, signal: AbortSignal): Promise<void> {
    const { clock, run } = this.deps;
    const before = clock.now();
    const observation = await target.observe(delivery.fingerprint, signal);
    // By itself it does not get there any more: another delivery may.
    if (observation.state === 'failed') {
      this.#keep({ ...delivery, seen: countOf(observation), lastBehind: before });
      throw new RotorError('target_failed', observation.detail);
    }
    const next = observed(delivery, observation, observation.state === 'converged' ? clock.now() : before);
    if (next.state !== 'observing') return this.#save(next);
    this.#keep(next);
    await clock.sleep(run.policy.probeIntervalMs, signal);
  }

  /** A newer run of the same rotation has made its own token current: this one's is history. */
  async #supersededBy(delivery: Delivery): Promise<boolean> {
    const { run, journal } = this.deps;
    const newest = await journal.lastSettled(run.rotation);
    if (!newest || newest.id === run.id || newest.startedAt < run.startedAt) return false;
    await this.#save({ ...delivery, state: 'superseded' });
    return true;
  }

  #find(target: string): Delivery {
    const delivery = this.#ledger.find((one) => one.target === target);
    if (!delivery) throw new Error(`the run has no delivery to ${target}`);
    return delivery;
  }

  /** Changes that are not worth an entry: an instance count on its way up. */
  #keep(delivery: Delivery): void {
    this.#ledger = this.#ledger.map((one) => (one.target === delivery.target ? delivery : one));
  }

  async #save(delivery: Delivery): Promise<void> {
    this.#keep(delivery);
    this.#next ??= this.#append();
    await this.#next;
  }

  async #append(): Promise<void> {
    const { journal, claim } = this.deps;
    await this.#writing.catch(() => undefined);
    // Targets that change in one moment are written together.
    await nextTurn();
    this.#next = undefined;
    const entry = journal.append(claim, { deliveries: this.#ledger });
    this.#writing = entry;
    await entry;
  }
}

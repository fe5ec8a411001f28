import type { Target } from '../targets/target.js';
import { whoOf } from './asking.js';
import type { Clock } from './clock.js';
import {
  countOf,
  decideDelivery,
  acknowledged,
  delivered,
  failedTry,
  isOver,
  observed,
  type Delivery,
} from './delivery.js';
import { asRotorError, RotorError } from './errors.js';
import type { Ledger } from './ledger.js';
import type { Look } from './look.js';
import { DELIVERY_DEADLINE_MS, DELIVERY_TIMEOUT_MS } from './policy.js';
import type { NamedTarget, Ports } from './ports.js';
import type { Millis, Run, Word } from './run.js';
import { Stop } from './stop.js';

const SHOWN_EVERY_MS = 30_000;

type Sight = Pick<Delivery, 'lastBehind' | 'convergedAt'>;

export type DeliveryTryDeps = {
  readonly run: Run;
  readonly ports: Ports;
  readonly look: Look;
  readonly clock: Clock;
  readonly random: () => number;
  readonly ledger: Pick<Ledger, 'find' | 'keep'>;
  readonly save: (delivery: Delivery) => Promise<void>;
};

/** Takes the delivery to one target until it is over, or until it has to wait for its next try. */
export class DeliveryTry {
  /** What the log says of the look, and since when. */
  #shown: { readonly what: string; readonly at: Millis };

  constructor(
    private readonly deps: DeliveryTryDeps,
    private readonly named: NamedTarget,
  ) {
    this.#shown = { what: '', at: deps.clock.now() };
  }

  async drive(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const delivery = { begunAt: this.deps.clock.now(), ...this.#delivery() };
      const action = decideDelivery(delivery, this.deps.clock.now());
      if (action.do === 'wait' || action.do === 'nothing') return;
      this.deps.ledger.keep(delivery);
      await this.#step(action.do, delivery, signal);
      if (isOver(this.#delivery())) return;
    }
  }

  #delivery(): Delivery {
    return this.deps.ledger.find(this.named.name);
  }

  async #step(what: 'deliver' | 'observe', delivery: Delivery, signal: AbortSignal): Promise<void> {
    try {
      if (what === 'deliver') await this.#deliver(delivery, signal);
      else await this.#observe(delivery, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      const { code, message, retryable } = asRotorError(error);
      if (code === 'lease_lost' || code === 'journal_unavailable') throw error;
      await this.deps.save(this.#failed({ code, detail: message, retryable }));
    }
  }

  #failed(problem: Parameters<typeof failedTry>[1]): Delivery {
    const { run, clock, random } = this.deps;
    const { retriesMax = run.policy.retries.max } = this.named;
    const terms = { ...run.policy.retries, max: retriesMax, until: this.#deadline() };
    return failedTry(this.#delivery(), problem, terms, clock.now(), random);
  }

  #deadline(): Millis {
    const { begunAt = this.deps.clock.now() } = this.#delivery();
    return begunAt + (this.named.deadlineMs ?? DELIVERY_DEADLINE_MS);
  }

  async #deliver(delivery: Delivery, signal: AbortSignal): Promise<void> {
    const { clock, run, look, ports, save } = this.deps;
    const { target, readyTimeoutMs } = this.named;
    if (run.state.state !== 'settled') throw new Error('deliveries begin when the token is settled');
    const token = await look.purse.read(run.state.current, ports.store, signal);
    const started = { ...delivery, state: 'delivering', lastBehind: clock.now() } as const;
    await save(started);
    using handedOver = new Stop([signal]);
    const sight = this.#watch(started, target, handedOver.signal);
    try {
      await this.#withinTimeout(signal, async (stop) => target.deliver(token, stop));
    } finally {
      handedOver.abort();
    }
    const readyBy = Math.min(clock.now() + readyTimeoutMs, this.#deadline());
    await save(delivered({ ...started, ...(await sight) }, clock.now(), readyBy));
  }

  /** A target that does not answer keeps its place from others for so long and no longer. */
  async #withinTimeout(signal: AbortSignal, work: (stop: AbortSignal) => Promise<void>): Promise<void> {
    const { name } = this.named;
    const timeoutMs = this.#timeout();
    using stop = new Stop([signal], timeoutMs);
    try {
      await work(stop.signal);
    } catch (error) {
      if (signal.aborted || !stop.signal.aborted) throw error;
      const message = `Target ${name}: the delivery did not get through within ${timeoutMs / 1_000} s.`;
      throw new RotorError('target_failed', message, { cause: error });
    }
  }

  /** Of a try that begins now. One that a restart has put past the deadline gets the time of any other. */
  #timeout(): Millis {
    const { timeoutMs = DELIVERY_TIMEOUT_MS } = this.named;
    const left = this.#deadline() - this.deps.clock.now();
    return left > 0 ? Math.min(timeoutMs, left) : timeoutMs;
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

  /** Who waits for it sees why it is not there yet; a count on its way up is not worth an entry each time. */
  #isNews({ detail, seen }: Delivery, now: Millis): boolean {
    const what = JSON.stringify([detail, seen]);
    if (what === this.#shown.what || now < this.#shown.at + SHOWN_EVERY_MS) return false;
    this.#shown = { what, at: now };
    return true;
  }

  async #observe(delivery: Delivery, signal: AbortSignal): Promise<void> {
    const { clock, run, ledger, save } = this.deps;
    if (delivery.acknowledged) return this.#check(delivery, delivery.acknowledged, signal);
    const before = clock.now();
    const observation = await this.named.target.observe(delivery.fingerprint, signal);
    // By itself it does not get there any more: another delivery may.
    if (observation.state === 'failed') {
      ledger.keep({ ...delivery, seen: countOf(observation), lastBehind: before });
      throw new RotorError('target_failed', observation.detail);
    }
    const next = observed(delivery, observation, observation.state === 'converged' ? clock.now() : before);
    if (next.state !== 'observing' || this.#isNews(next, before)) return save(next);
    ledger.keep(next);
    await clock.sleep(run.policy.probeIntervalMs, signal);
  }

  /** Whether anything that is seen speaks against a word that was given after the end of another run. */
  async #check(
    { acknowledged: _word, ...delivery }: Delivery,
    word: Word,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, save } = this.deps;
    const seen = await this.named.target.observe(delivery.fingerprint, signal).then(
      (observation) => acknowledged(delivery, word, observation, clock.now()),
      (error: unknown) => `whether it does could not be seen: ${asRotorError(error).message}`,
    );
    signal.throwIfAborted();
    if (typeof seen !== 'string') return save(seen);
    const detail = `${whoOf(word)} said that it has the token, and ${seen}`;
    await save({ ...delivery, state: 'failed', problem: { code: 'target_failed', detail } });
  }
}

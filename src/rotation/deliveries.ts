import pLimit from 'p-limit';
import type { Claim, Journal } from '../journal/journal.js';
import type { Clock } from './clock.js';
import { hasBegun, isOver, skipped, waveOf, type Delivery } from './delivery.js';
import { DeliveryTry } from './delivery-try.js';
import { Ledger } from './ledger.js';
import { asRotorError, type RotorError } from './errors.js';
import type { Look } from './look.js';
import { targetOf, type Ports } from './ports.js';
import type { Paused, Run } from './run.js';
import { Stop } from './stop.js';
import { Wishes } from './wishes.js';

/** How often a run that rests looks whether a newer one has taken its deliveries over. */
const REST_MS = 60_000;
/** Looks at a wave that has soaked. */
const AT_ONCE = 20;

export type DeliveriesDeps = {
  readonly run: Run;
  readonly claim: Claim;
  readonly journal: Journal;
  readonly ports: Ports;
  readonly look: Look;
  readonly clock: Clock;
  readonly random: () => number;
};

type Taken = { readonly target: string; readonly stop: Stop };

/**
 * The deliveries of one settled run, wave after wave. They hold no lock, and one target's failure neither delays nor
 * hides another's; what it means for those whose turn has not come is up to the policy. A newer run of the rotation
 * takes them over.
 */
export class Deliveries {
  readonly #ledger: Ledger;
  /** The try of each target that somebody works on. */
  readonly #underWay = new Map<string, Stop>();
  #resting: Promise<void> | undefined;
  #endRest: () => void = () => undefined;
  #change = Promise.withResolvers<void>();
  /** Why nobody hears any more what a person asks. */
  #deaf: RotorError | undefined;

  constructor(private readonly deps: DeliveriesDeps) {
    this.#ledger = new Ledger(deps.run, deps.claim, deps.journal);
  }

  async drive(signal: AbortSignal): Promise<void> {
    using over = new Stop([signal]);
    const leave = (target: string): void => this.#underWay.get(target)?.abort();
    const wishes = new Wishes({ ...this.deps, ledger: this.#ledger, leave });
    const { asked } = this.deps.run;
    // Before anybody works on that target, and also where nothing else is left to do.
    if (asked?.target !== undefined) await wishes.answer(asked, signal);
    const hearing = wishes
      .hear(over.signal, () => this.#wake())
      .catch((error: unknown) => {
        this.#deaf = asRotorError(error);
        this.#wake();
      });
    try {
      const waves = new Set(this.#ledger.all.map(waveOf));
      for (const wave of [...waves].toSorted((a, b) => a - b)) {
        do {
          await this.#wave(wave, signal);
          await this.#soak(wave, signal);
        } while (this.#open(wave).length > 0);
      }
    } finally {
      over.abort();
      await hearing;
    }
  }

  async #wave(wave: number, signal: AbortSignal): Promise<void> {
    // One that is over may be tried again while others go on.
    const size = this.#upTo(wave).length;
    const workers = Math.min(size, this.deps.run.policy.maxConcurrentTargets);
    const settled = await Promise.allSettled(
      Array.from({ length: workers }, async () => this.#work(wave, signal)),
    );
    for (const result of settled) if (result.status === 'rejected') throw result.reason;
  }

  async #work(wave: number, signal: AbortSignal): Promise<void> {
    for (let next = await this.#take(wave, signal); next; next = await this.#take(wave, signal)) {
      using stop = next.stop;
      try {
        await this.#oneTry(next.target, stop.signal);
      } catch (error) {
        // Somebody has left it: what it is by now stands in the ledger.
        if (signal.aborted || !stop.signal.aborted) throw error;
      } finally {
        this.#underWay.delete(next.target);
        this.#wake();
      }
    }
  }

  /** One that waits for its next try keeps no other from its first. Undefined where nothing is left to take. */
  async #take(wave: number, signal: AbortSignal): Promise<Taken | undefined> {
    const { clock } = this.deps;
    for (;;) {
      signal.throwIfAborted();
      if (this.#deaf) throw this.#deaf;
      const open = this.#open(wave);
      if (open.length === 0) return undefined;
      const free = open.filter(({ target }) => !this.#underWay.has(target));
      if (free.length === 0) {
        await this.#change.promise;
        continue;
      }
      const mayBegin = !this.#ledger.isHeld;
      const waits = free
        .filter((one) => mayBegin || hasBegun(one))
        .map((one) => ({ one, ms: Math.max(0, (one.notBefore ?? 0) - clock.now()) }));
      const next = waits.find(({ ms }) => ms === 0)?.one;
      if (next) return this.#begun(next, signal);
      await this.#rest(Math.min(REST_MS, ...waits.map(({ ms }) => ms)), signal);
      if (!mayBegin) await this.#leaveToNewerRun(free.map(({ target }) => target));
    }
  }

  /** In the moment in which it was chosen: nobody else takes it. */
  #begun({ target }: Delivery, signal: AbortSignal): Taken {
    const stop = new Stop([signal]);
    this.#underWay.set(target, stop);
    return { target, stop };
  }

  /** Those that are not over: of this wave, and of an earlier one where somebody had them tried again. */
  #open(wave: number): readonly Delivery[] {
    return this.#upTo(wave).filter((one) => !isOver(one));
  }

  #upTo(wave: number): readonly Delivery[] {
    return this.#ledger.all.filter((one) => waveOf(one) <= wave);
  }

  async #oneTry(target: string, signal: AbortSignal): Promise<void> {
    if (await this.#leaveToNewerRun([target])) return;
    const ledger = {
      find: () => this.#ledger.find(target),
      keep: (delivery: Delivery): void => {
        signal.throwIfAborted();
        this.#ledger.keep(delivery);
      },
    };
    const save = async (delivery: Delivery): Promise<void> => {
      signal.throwIfAborted();
      await this.#save(delivery);
    };
    const named = targetOf(target, this.deps.ports);
    await new DeliveryTry({ ...this.deps, ledger, save }, named).drive(signal);
  }

  /** With the failure itself: no crash comes between it and what follows from it. */
  async #save(delivery: Delivery): Promise<void> {
    const follows = delivery.state === 'failed' ? this.#afterFailure(delivery) : {};
    const { deliveries = [], ...rest } = follows;
    await this.#ledger.save({ deliveries: [delivery, ...deliveries], ...rest });
    this.#wake();
  }

  #afterFailure({ target, problem }: Delivery): { deliveries?: readonly Delivery[]; paused?: Paused } {
    const { run, clock } = this.deps;
    const notBegun = this.#ledger.notBegun().filter((one) => one.target !== target);
    if (notBegun.length === 0) return {};
    const reason = `${target} failed: ${problem?.detail ?? 'it gave no reason'}`;
    const { onTargetFailure = 'continue' } = run.policy;
    switch (onTargetFailure) {
      case 'stop':
        return { deliveries: notBegun.map((one) => skipped(one, `not begun, because ${reason}`)) };
      case 'pause':
        return this.#ledger.paused ? {} : { paused: { since: clock.now(), reason } };
      case 'continue':
        return {};
    }
  }

  /** What a wave shows only after a while is seen before the next one begins. */
  async #soak(wave: number, signal: AbortSignal): Promise<void> {
    const { clock, run } = this.deps;
    const { soakMs = 0 } = run.policy;
    const inWave = this.#ledger.all.filter((one) => waveOf(one) === wave);
    const over = inWave.map(({ convergedAt, deliveredAt = 0 }) => convergedAt ?? deliveredAt);
    const until = Math.max(...over) + soakMs;
    // After a restart in a later wave this one has long been looked at.
    const isPast = this.#ledger.all.some((one) => waveOf(one) > wave && hasBegun(one));
    if (soakMs === 0 || isPast || this.#ledger.notBegun().length === 0) return;
    const isOpen = (): boolean => this.#open(wave).length > 0;
    while (clock.now() < until && this.#ledger.notBegun().length > 0 && !isOpen())
      await this.#rest(until - clock.now(), signal);
    if (isOpen()) return;
    const limit = pLimit(AT_ONCE);
    const converged = inWave.filter(({ state }) => state === 'converged');
    await Promise.all(converged.map(async (one) => limit(async () => this.#lookAgain(one, signal))));
  }

  async #lookAgain(delivery: Delivery, signal: AbortSignal): Promise<void> {
    const { target } = targetOf(delivery.target, this.deps.ports);
    // What cannot be looked at now has not shown that it fell behind.
    const seen = await target.observe(delivery.fingerprint, signal).catch(() => undefined);
    signal.throwIfAborted();
    if (seen?.state !== 'pending' && seen?.state !== 'failed') return;
    const counts = `${seen.seen} of ${seen.of} instances run with ${delivery.fingerprint}`;
    const detail = `it ran with the token, and after a while ${counts}${seen.detail === undefined ? '' : `: ${seen.detail}`}`;
    await this.#save({ ...delivery, state: 'failed', problem: { code: 'target_failed', detail } });
  }

  /** A newer run of the same rotation has made its own token current, and delivers it: this one's is history. */
  async #leaveToNewerRun(targets: readonly string[]): Promise<boolean> {
    const { run, journal } = this.deps;
    const newest = await journal.lastSettled(run.rotation);
    if (!newest || newest.id === run.id || newest.startedAt < run.startedAt) return false;
    const left = targets.map((target) => this.#ledger.find(target)).filter((one) => !isOver(one));
    await this.#ledger.save({ deliveries: left.map((one) => ({ ...one, state: 'superseded' })) });
    return true;
  }

  /** Until the time is over, or something has changed; all who wait do so together. */
  async #rest(ms: number, signal: AbortSignal): Promise<void> {
    this.#resting ??= this.#sleep(ms, signal).finally(() => (this.#resting = undefined));
    await this.#resting;
  }

  /** Called by whatever decides who may begin. */
  #wake(): void {
    this.#endRest();
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }

  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    using over = new Stop([signal]);
    this.#endRest = () => over.abort();
    try {
      await this.deps.clock.sleep(ms, over.signal);
    } catch {
      signal.throwIfAborted();
    }
  }
}

import { AsyncLocalStorage } from 'node:async_hooks';
import { RotorError } from '../../src/rotation/errors.js';

/** One thing that a process does to the world around it. */
export type Effect = {
  readonly name: string;
  /** false: it only looks. */
  readonly writes: boolean;
  /** The journal refuses it to a process whose run another one has taken over. */
  readonly isFenced?: boolean;
};

/**
 * - `before`: the process dies, and the effect never happens;
 * - `lost`: the effect happens, and the process dies without hearing of it;
 * - `after`: the process hears of it and dies before it does anything else;
 * - `frozen`: the process stands still before the effect, as by SIGSTOP, until the next rotation is over; then its
 *   timers are late;
 * - `paused`: the same of its whole machine, whose clock stood still as well: it does not notice;
 * - `raced`: the same until its successor has done this very thing;
 * - `cut`: the effect happens, its answer is lost, and the process lives on.
 */
export type Moment = 'before' | 'lost' | 'after' | 'frozen' | 'paused' | 'raced' | 'cut';

/** What befalls a process at one of its effects, counted from 0 over all of them or over its writes. */
export type Blow = { readonly at: number; readonly of: 'all' | 'writes'; readonly moment: Moment };

const PAUSES: readonly (Moment | undefined)[] = ['frozen', 'paused', 'raced'];
const GONE = 'the process is gone';

/** Between one process and the world: counts what passes, and ends or stops it. */
export class Life {
  readonly effects: Effect[] = [];
  /** Resolves when the process has died or stands still. */
  readonly struck: Promise<void>;
  /** There is one for every connection, so that an event target's own list would take longer than what it is for. */
  readonly #atDeath: (() => void)[] = [];
  #isDead = false;
  readonly #strike: () => void;
  #ice:
    | (PromiseWithResolvers<void> & { readonly since: number; readonly moment: Moment; readonly at: string })
    | undefined;
  /** Milliseconds for which the machine has stood still. */
  #missed = 0;
  #writes = 0;

  constructor(
    private readonly blow?: Blow,
    private readonly predecessor?: Life,
  ) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.struck = promise;
    this.#strike = resolve;
  }

  static readonly #of = new AsyncLocalStorage<Life>();

  /** What is begun in here, and all that follows from it, belongs to this process. */
  within(begin: () => void): void {
    Life.#of.run(this, begin);
  }

  /** The world's answer to a process is not the process's own. */
  static outside(begin: () => void): void {
    Life.#of.exit(begin);
  }

  /** The callback of a timer: called when the process that set it does not stand still. */
  static held<A extends unknown[]>(run: (...args: A) => void): (...args: A) => void {
    const life = Life.#of.getStore();
    if (!life) return run;
    return (...args) => {
      if (life.#ice) life.#wait(life.#ice, () => run(...args));
      else run(...args);
    };
  }

  /** Milliseconds as the process counts them. */
  monotonic(): number {
    return performance.now() - this.#missed;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  get isFrozen(): boolean {
    return this.#ice !== undefined;
  }

  onDeath(run: () => void): void {
    this.#atDeath.push(run);
  }

  die(): void {
    if (this.#isDead) return;
    this.#isDead = true;
    for (const run of this.#atDeath.splice(0)) run();
    this.#strike();
  }

  thaw(): void {
    if (!this.#ice) return;
    if (this.#ice.moment !== 'frozen') this.#missed += performance.now() - this.#ice.since;
    this.#ice.resolve();
    this.#ice = undefined;
  }

  /** A call that is no effect of its own; from the moment of death on it reaches nobody. */
  async contact<T>(call: () => Promise<T>): Promise<T> {
    await this.passage();
    const answer = await call();
    await this.passage();
    return answer;
  }

  async effect<T>(effect: Effect, call: () => Promise<T>): Promise<T> {
    const moment = await this.begin(effect);
    const answer = await call();
    this.did(effect);
    if (moment === 'lost') this.die();
    await this.passage();
    if (moment === 'after') this.die();
    return answer;
  }

  /** Counts an effect and says what befalls it, beyond what happened before it; throws where the process is gone. */
  async begin(effect: Effect): Promise<Moment | undefined> {
    await this.passage();
    const moment = this.#count(effect);
    if (moment === 'before') this.die();
    if (moment !== undefined && PAUSES.includes(moment)) this.#freeze(moment, effect.name);
    await this.passage();
    return moment;
  }

  did({ name }: Effect): void {
    if (!this.predecessor) return;
    const ice = this.predecessor.#ice;
    if (ice?.moment === 'raced' && ice.at === name) this.predecessor.thaw();
  }

  /** Waits while the process is frozen. */
  async passage(): Promise<void> {
    await this.#ice?.promise;
    if (this.isDead) throw new RotorError('journal_unavailable', GONE, { retryable: false });
  }

  #freeze(moment: Moment, at: string): void {
    this.#ice = { ...Promise.withResolvers<void>(), since: performance.now(), moment, at };
    this.#strike();
  }

  /** What was under way when the process stopped goes on first; then its timers, with the time that they had left. */
  #wait(
    { promise, since, moment }: { promise: Promise<void>; since: number; moment: Moment },
    run: () => void,
  ): void {
    const left = moment === 'frozen' ? 0 : performance.now() - since;
    void promise.then(() => setImmediate(() => this.isDead || setTimeout(run, left)));
  }

  #count(effect: Effect): Moment | undefined {
    this.effects.push(effect);
    if (effect.writes) this.#writes += 1;
    if (!this.blow || (this.blow.of === 'writes' && !effect.writes)) return undefined;
    const number = this.blow.of === 'writes' ? this.#writes : this.effects.length;
    return number - 1 === this.blow.at ? this.blow.moment : undefined;
  }
}

import { AsyncLocalStorage } from 'node:async_hooks';
import { RotorError } from '../../src/rotation/errors.js';

/** One thing that a process does to the world around it. */
export type Effect = { readonly name: string; /** false: it only looks. */ readonly writes: boolean };

/**
 * - `before`: the process dies, and the effect never happens;
 * - `lost`: the effect happens, and the process dies without hearing of it;
 * - `after`: the process hears of it and dies before it does anything else;
 * - `frozen`: the process stands still before the effect, and goes on much later;
 * - `cut`: the effect happens, its answer is lost, and the process lives on.
 */
export type Moment = 'before' | 'lost' | 'after' | 'frozen' | 'cut';

/** What befalls a process at one of its effects, counted from 0 over all of them or over its writes. */
export type Blow = { readonly at: number; readonly of: 'all' | 'writes'; readonly moment: Moment };

const GONE = 'the process is gone';

/** Between one process and the world: counts what passes, and ends or stops it. */
export class Life {
  readonly effects: Effect[] = [];
  /** Resolves when the blow has fallen. */
  readonly struck: Promise<void>;
  readonly #gone = new AbortController();
  readonly #strike: () => void;
  #ice: PromiseWithResolvers<void> | undefined;
  #writes = 0;

  constructor(private readonly blow?: Blow) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.struck = promise;
    this.#strike = resolve;
  }

  static readonly #of = new AsyncLocalStorage<Life>();

  /** What is begun in here, and all that follows from it, belongs to this process. */
  within(begin: () => void): void {
    Life.#of.run(this, begin);
  }

  /** The callback of a timer: called when the process that set it does not stand still. */
  static held<A extends unknown[]>(run: (...args: A) => void): (...args: A) => void {
    const life = Life.#of.getStore();
    if (!life) return run;
    return (...args) => {
      // What was under way when the process stopped goes on first.
      if (life.#ice) void life.#ice.promise.then(() => setImmediate(() => life.isDead || run(...args)));
      else run(...args);
    };
  }

  get isDead(): boolean {
    return this.#gone.signal.aborted;
  }

  get isFrozen(): boolean {
    return this.#ice !== undefined;
  }

  onDeath(run: () => void): void {
    this.#gone.signal.addEventListener('abort', run, { once: true });
  }

  die(): void {
    this.#gone.abort();
    this.#strike();
  }

  thaw(): void {
    this.#ice?.resolve();
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
    if (moment === 'frozen') {
      this.#ice = Promise.withResolvers<void>();
      this.#strike();
    }
    if (moment === 'cut') this.#strike();
    await this.passage();
    return moment;
  }

  /** Waits while the process is frozen. */
  async passage(): Promise<void> {
    await this.#ice?.promise;
    if (this.isDead) throw new RotorError('journal_unavailable', GONE, { retryable: false });
  }

  #count(effect: Effect): Moment | undefined {
    this.effects.push(effect);
    if (effect.writes) this.#writes += 1;
    if (!this.blow || (this.blow.of === 'writes' && !effect.writes)) return undefined;
    const number = this.blow.of === 'writes' ? this.#writes : this.effects.length;
    return number - 1 === this.blow.at ? this.blow.moment : undefined;
  }
}

import { syncBuiltinESMExports } from 'node:module';
import timersPromises from 'node:timers/promises';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';

import { Life } from './life.js';

const START = Date.UTC(2026, 10, 23, 12);
/** Turns of the event loop without a sign of work before time may pass. */
const QUIET_TURNS = 3;
/** What is on its way and does not arrive, since its reader waits for something else, holds time up this long. */
const PATIENCE_MS = 50n;
/** A file in memory is read within so many turns: only a longer wait is worth a sleep. */
const BRIEF_TURNS = 100;
/** What Node counts as work that it does outside of the event loop. */
const OUTSIDE = /^(FS|CloseReq|Process|Zlib|Random|Hash|Worker|GetAddrInfo)/;
const { setImmediate: nextTurn, setTimeout: realTimeout } = globalThis;

/**
 * The time of a whole process, in which hours pass in milliseconds: every timer, also those of libraries, fires in its
 * order and as soon as nothing else is left to do.
 */
export class VirtualTime {
  readonly #clock: Clock;
  #signs = 0;
  #isBusy = (): boolean => false;

  constructor() {
    this.#clock = FakeTimers.install({
      now: START,
      shouldClearNativeTimers: true,
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
    });
    holdWhileFrozen();
    AbortSignal.timeout = (ms) => {
      const late = new AbortController();
      setTimeout(() => late.abort(new DOMException('The operation timed out.', 'TimeoutError')), ms);
      return late.signal;
    };
    syncBuiltinESMExports();
  }

  /** Somebody did something: time waits. */
  readonly sign = (): void => {
    this.#signs += 1;
  };

  /** Time waits as well while this is true. */
  waitFor(isBusy: () => boolean): void {
    this.#isBusy = isBusy;
  }

  /** The wall clock jumps; timers and monotonic time do not. */
  stepWall(ms: number): void {
    this.#clock.setSystemTime(Date.now() + ms);
  }

  /** Lets time pass until the work is over. Throws where nothing is left that could end it. */
  async run<T>(work: Promise<T>): Promise<T> {
    let isOver = false;
    const over = (): void => {
      isOver = true;
    };
    work.then(over, over);
    for (;;) {
      await this.#idle();
      if (isOver) return work;
      if (this.#clock.countTimers() === 0) throw new Error('everything waits, and no timer is left');
      this.#clock.next();
    }
  }

  /** Forgets every timer: of a world that has come to its end. */
  clear(): void {
    this.#clock.reset();
  }

  async #idle(): Promise<void> {
    let since = realNow();
    let waited = 0;
    for (let quiet = 0; quiet < QUIET_TURNS; quiet += 1) {
      const before = this.#signs;
      await new Promise((resolve) => nextTurn(resolve));
      const isWorking = this.#signs !== before;
      if (isWorking) since = realNow();
      if (isWorking || (this.#isBusy() && realNow() - since < PATIENCE_MS)) quiet = -1;
      else if (isBusyOutside()) {
        quiet = -1;
        waited += 1;
        if (waited > BRIEF_TURNS) await shortly();
      }
    }
  }
}

/** A process that stands still hears none of its timers before it goes on. */
function holdWhileFrozen(): void {
  const { setTimeout: after, setInterval: every } = globalThis;
  type Timer = (run: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) => NodeJS.Timeout;
  const held = (wanted: Timer): unknown =>
    Object.assign(
      (run: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) =>
        wanted(Life.held(run), ms, ...args),
      wanted,
    );
  globalThis.setTimeout = held(after) as typeof after;
  globalThis.setInterval = held(every) as typeof every;
  timersPromises.setTimeout = sleep as typeof timersPromises.setTimeout;
}

async function sleep<T>(
  ms?: number,
  value?: T,
  { signal }: { signal?: AbortSignal } = {},
): Promise<T | undefined> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<T | undefined>();
  const timer = setTimeout(resolve, ms, value);
  const stop = (): void => {
    clearTimeout(timer);
    reject(new DOMException('The operation was aborted', 'AbortError'));
  };
  signal?.addEventListener('abort', stop, { once: true });
  return promise.finally(() => signal?.removeEventListener('abort', stop));
}

function isBusyOutside(): boolean {
  return process.getActiveResourcesInfo().some((name) => OUTSIDE.test(name));
}

/** In milliseconds, of the machine itself. */
function realNow(): bigint {
  return process.hrtime.bigint() / 1_000_000n;
}

/** So that waiting for a disk does not keep a core busy. */
async function shortly(): Promise<void> {
  await new Promise((resolve) => realTimeout(resolve, 0));
}

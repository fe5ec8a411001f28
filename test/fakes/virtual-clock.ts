import type { Clock } from '../../src/rotation/clock.js';

/** Time that passes only while somebody sleeps; what is planned for a moment happens in it. */
export class VirtualClock implements Clock {
  #now: number;
  #stepped = 0;
  #plans: { at: number; act: () => void }[] = [];

  constructor(start = Date.UTC(2026, 10, 23, 12)) {
    this.#now = start;
  }

  now(): number {
    return this.#now + this.#stepped;
  }

  monotonic(): number {
    return this.#now;
  }

  /** Somebody sets the wall clock; no time passes. */
  stepWall(ms: number): void {
    this.#stepped += ms;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.advance(ms);
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
  }

  /** At `ms` from now; runs while time passes over that moment. */
  plan(ms: number, act: () => void): void {
    this.#plans.push({ at: this.#now + ms, act });
    this.#plans.sort((a, b) => a.at - b.at);
  }

  advance(ms: number): void {
    const end = this.#now + Math.max(0, ms);
    for (let next = this.#plans[0]; next && next.at <= end; next = this.#plans[0]) {
      this.#plans.shift();
      this.#now = Math.max(this.#now, next.at);
      next.act();
    }
    this.#now = end;
  }
}

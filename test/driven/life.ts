import type { Issuer } from '../../src/issuers/issuer.js';

/** Why a call of the function never answered. */
export class Died extends Error {}

/**
 * One invocation of the rotation function. It may be told to die at its n-th point: whatever it was about to do then
 * never happens, and what it waits for never comes.
 */
export class Life {
  readonly #death = Promise.withResolvers<never>();
  readonly #thawed = Promise.withResolvers<undefined>();
  #work: Promise<unknown> = Promise.resolve();
  #points = 0;
  #isDead = false;

  constructor(private readonly diesAt = Infinity) {
    this.#death.promise.catch(() => undefined);
  }

  get points(): number {
    return this.#points;
  }

  /** Before something is done. Does not resolve once the life is over, unless it thaws. */
  async point(): Promise<void> {
    if (this.#points === this.diesAt && !this.#isDead) {
      this.#isDead = true;
      this.#death.reject(new Died('the function died'));
    }
    if (this.#isDead) await this.#thawed.promise;
    this.#points += 1;
  }

  /** What comes of the work, or `Died`. */
  async live<T>(work: () => Promise<T>): Promise<T> {
    const done = work();
    this.#work = done.catch((error: unknown) => error);
    return Promise.race([done, this.#death.promise]);
  }

  /** It was only frozen: it goes on with what it was about to do. Resolves with how it ends. */
  async thaw(): Promise<unknown> {
    this.#thawed.resolve(undefined);
    return this.#work;
  }

  /** There is a point before each call of the issuer, and before what it has answered can be used. */
  mortal(issuer: Issuer): Issuer {
    return new Proxy(issuer, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        const bound = member.bind(target) as (...args: unknown[]) => Promise<unknown>;
        return async (...args: unknown[]) => {
          await this.point();
          const answer = await bound(...args);
          await this.point();
          return answer;
        };
      },
    });
  }
}

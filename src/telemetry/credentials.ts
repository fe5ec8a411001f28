import type { Millis } from '../rotation/run.js';

/** When credentials of Rotor end, as the upstreams that they are for last said to this process. */
export class Credentials {
  readonly #ends = new Map<string, Millis>();

  learn(credential: string, expiresAt: Millis): void {
    this.#ends.set(credential, expiresAt);
  }

  known(): readonly { readonly credential: string; readonly expiresAt: Millis }[] {
    return [...this.#ends].map(([credential, expiresAt]) => ({ credential, expiresAt }));
  }
}

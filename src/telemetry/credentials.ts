import type { Millis } from '../rotation/run.js';

export type KnownCredential = {
  readonly credential: string;
  readonly expiresAt: Millis;
  /** How often an upstream has said when it ends. */
  readonly times: number;
};

/** When credentials of Rotor end, as the upstreams that they are for last said to this process. */
export class Credentials {
  readonly #known = new Map<string, KnownCredential>();

  learn(credential: string, expiresAt: Millis): void {
    const times = (this.#known.get(credential)?.times ?? 0) + 1;
    this.#known.set(credential, { credential, expiresAt, times });
  }

  known(): readonly KnownCredential[] {
    return [...this.#known.values()];
  }
}

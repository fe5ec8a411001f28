import { RotorError } from './errors.js';
import type { Fingerprint, Secret } from './secret.js';
import type { Pin, Store } from '../stores/store.js';

/** The tokens that a run has in its hands while the process lives; what is not here is in the store or in the plan. */
export class Purse {
  readonly #held = new Map<Fingerprint, Secret>();

  put(token: Secret): Fingerprint {
    this.#held.set(token.fingerprint, token);
    return token.fingerprint;
  }

  get(fingerprint: Fingerprint): Secret {
    const token = this.#held.get(fingerprint);
    if (!token)
      throw new RotorError('token_unreadable', `the token ${fingerprint} is not at hand; looking again`, {
        retryable: true,
      });
    return token;
  }

  find(fingerprint: Fingerprint): Secret | undefined {
    return this.#held.get(fingerprint);
  }

  async read(pin: Pin, store: Store, signal: AbortSignal): Promise<Secret> {
    const held = this.#held.get(pin.fingerprint);
    if (held) return held;
    const token = await store.read(pin.version, signal);
    this.put(token);
    return token;
  }
}

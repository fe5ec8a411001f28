import { fingerprintOf, type Fingerprint } from '../../rotation/secret.js';
import { judge, type AuthSettings, type Judgement } from './authorization.js';

/** One APM Server process: it holds exactly one secret token, and a reload is the only way to another. */
export class ApmInstance {
  readonly name: string;
  /** Goes up with every reload: a connection that was opened before it belongs to the old listener. */
  generation = 0;
  /** Never reloads: a container that is stuck. */
  pinned = false;
  #auth: AuthSettings;
  #rollouts = 0;

  constructor(name: string, token: string) {
    this.name = name;
    this.#auth = { token, open: false };
  }

  /** For a request that starts now. What it says stands until that request ends, whatever is loaded meanwhile. */
  judge(authorization: string | undefined): Judgement {
    return judge(authorization, this.#auth);
  }

  get accepts(): Fingerprint | 'any' {
    return this.#auth.open ? 'any' : this.tokenFingerprint;
  }

  get tokenFingerprint(): Fingerprint {
    return fingerprintOf(this.#auth.token ?? '');
  }

  /** What is begun last is what it ends on: the returned function tells whether nothing was begun since. */
  beginRollout(): () => boolean {
    this.#rollouts += 1;
    const own = this.#rollouts;
    return () => own === this.#rollouts;
  }

  load(auth: AuthSettings): void {
    this.#auth = auth;
    this.generation += 1;
  }

  openAuthentication(): void {
    this.load({ ...this.#auth, open: true });
  }
}

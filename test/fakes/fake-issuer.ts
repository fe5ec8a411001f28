import type { Resource, ResettableIssuer, SettableIssuer } from '../../src/issuers/issuer.js';
import type { RotorError } from '../../src/rotation/errors.js';
import type { Secret } from '../../src/rotation/secret.js';
import { FakeIssuer, freshToken, notApplied, type FakeIssuerOptions } from './fake-apm-resource.js';

export { freshToken, type FakeIssuerOptions } from './fake-apm-resource.js';

/** Server-chosen: `reset` starts a change with a token of the server's own. */
export class FakeResettableIssuer extends FakeIssuer implements ResettableIssuer {
  readonly kind = 'server-chosen';
  /** Every token that a reset has handed out, in order, whether or not its reply arrived. */
  readonly issued: Secret[] = [];
  protected readonly precondition = '';

  constructor(options: FakeIssuerOptions = {}) {
    super(options);
  }

  async reset(resource: Resource, signal: AbortSignal): Promise<Secret> {
    return this.answer('reset', signal, () => {
      this.assertReachable(resource);
      this.assertIdle();
      return this.startChange();
    });
  }

  /** A reset that somebody else, or a replica that lost its lease, sends: its change is on its way. */
  resetByOthers(): Secret {
    return this.startChange();
  }

  private startChange(): Secret {
    const token = freshToken();
    this.writes += 1;
    this.issued.push(token);
    this.pending = this.nextChange(token);
    if (this.rollout === 'at_once') this.apply();
    return token;
  }
}

/** Caller-chosen: a conditional write that is in force at once and reaches the instances when it is rolled out. */
export class FakeSettableIssuer extends FakeIssuer implements SettableIssuer {
  readonly kind = 'caller-chosen';
  /** Every token that `set` has saved, in order, whether or not its reply arrived. */
  readonly saved: Secret[] = [];
  #rolledOut: Secret;
  #halfNext = false;

  constructor(options: FakeIssuerOptions = {}) {
    super(options);
    this.#rolledOut = this.current.token;
  }

  protected get precondition(): string {
    return `version-${this.changes}`;
  }

  /** The next `set` saves the token but starts no roll-out, and throws `upstream_error` with an unknown effect. */
  writeHalfNext(): void {
    this.#halfNext = true;
  }

  override changeByOthers(token?: Secret): Secret {
    this.#rolledOut = super.changeByOthers(token);
    return this.#rolledOut;
  }

  async set(resource: Resource, token: Secret, precondition: string, signal: AbortSignal): Promise<void> {
    return this.answer('set', signal, () => {
      this.assertReachable(resource);
      this.assertIdle();
      if (precondition !== this.precondition) throw this.conflict(precondition);
      this.save(token);
    });
  }

  protected override newestToRollOut(): Secret {
    return this.#rolledOut;
  }

  private save(token: Secret): void {
    this.writes += 1;
    this.saved.push(token);
    this.putInForce(this.nextChange(token));
    if (this.#halfNext) {
      this.#halfNext = false;
      throw this.error('upstream_error', 'the token was saved, but its roll-out did not start');
    }
    this.#rolledOut = token;
    if (this.rollout === 'at_once') this.apply();
  }

  private conflict(precondition: string): RotorError {
    return this.error(
      'upstream_busy',
      `${precondition} is no longer the newest, ${this.precondition} is`,
      notApplied,
    );
  }
}

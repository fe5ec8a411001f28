import { randomBytes } from 'node:crypto';
import { once } from 'node:events';

import type { IssuerView, Resource } from '../../src/issuers/issuer.js';
import { RotorError, type RotorErrorOptions } from '../../src/rotation/errors.js';
import { Secret } from '../../src/rotation/secret.js';

export type FakeIssuerOptions = {
  readonly key?: string;
  /** The token in force at the start; a fresh one by default. */
  readonly token?: Secret;
  /** Server instances behind the one URL. */
  readonly instances?: number;
  /** false: `inspect` answers `unreadable` for every token. */
  readonly readable?: boolean;
  /**
   * When a change reaches the instances: `at_once`, with the call that made it, or `by_hand`, when the test says so
   * (`switchInstance`, `apply`, `fail`).
   */
  readonly rollout?: 'by_hand' | 'at_once';
};

export type FakeMethod = 'resolve' | 'inspect' | 'set' | 'reset';

type Change = { readonly token: Secret; readonly attempt: string };

export const notApplied: RotorErrorOptions = { effect: 'not_applied' };

/** A fresh token that Rotor could have minted itself. */
export function freshToken(): Secret {
  return new Secret(`r${randomBytes(24).toString('base64url')}`);
}

/**
 * An APM resource in memory: a plan (or policy) in force, at most one change on its way, and the token that each
 * server instance accepts right now. Tests move it on; it never moves by itself unless `rollout` is `at_once`.
 */
export abstract class FakeIssuer {
  readonly resource: Resource;
  /** What each server instance accepts: exactly one token. */
  readonly instances: Secret[];
  /** false: `inspect` answers `unreadable` for every token. */
  readable: boolean;
  rollout: 'by_hand' | 'at_once';
  apmUrl = 'https://apm.example.test:443';
  credentialExpires: Date | undefined;
  /** Something else that is going on; no write may start. */
  busy: string | undefined;
  /** What runs the server says that it could not load what is in force. */
  rejected: string | undefined;
  /** The token is set elsewhere by now. */
  moved: string | undefined;
  /** Thrown by every `resolve`, until removed. */
  unresolvable: RotorError | undefined;
  /** Thrown by every call on the resource, until removed: gone, stopped, no longer standalone. */
  unavailable: RotorError | undefined;
  /** How many writes of Rotor have arrived, refused ones excepted. */
  writes = 0;

  protected current: Change;
  protected pending: Change | undefined;
  protected changes = 1;
  #failedAttempt: string | undefined;
  readonly #failures = new Map<FakeMethod, RotorError[]>();
  readonly #lost = new Map<FakeMethod, number>();
  readonly #hanging = new Map<FakeMethod, () => void>();

  constructor(options: FakeIssuerOptions) {
    const key = options.key ?? 'fake:deployment/main-apm';
    const token = options.token ?? freshToken();
    this.resource = { key, label: `${key} of the fake issuer`, address: { key } };
    this.current = { token, attempt: 'attempt-1' };
    this.instances = Array.from({ length: options.instances ?? 1 }, () => token);
    this.readable = options.readable ?? true;
    this.rollout = options.rollout ?? 'by_hand';
  }

  /** The token of the plan or policy in force. */
  get inForce(): Secret {
    return this.current.token;
  }

  /** The token of the change on its way. */
  get onItsWay(): Secret | undefined {
    return this.pending?.token;
  }

  /** How many of the instances accept the token. */
  acceptedBy(token: Secret): number {
    return this.instances.filter((accepted) => accepted.equals(token)).length;
  }

  /** The next call of `method` throws `error` and changes nothing; several are thrown one after the other. */
  failNext(method: FakeMethod, error: RotorError): void {
    this.#failures.set(method, [...(this.#failures.get(method) ?? []), error]);
  }

  /** The next call of `method` does its work, and its reply is lost: `upstream_timeout` with an unknown effect. */
  loseNextReply(method: FakeMethod): void {
    this.#lost.set(method, (this.#lost.get(method) ?? 0) + 1);
  }

  /** The next call of `method` does nothing until its signal aborts. Resolves when that call has come in. */
  async hangNext(method: FakeMethod): Promise<void> {
    return new Promise((resolve) => void this.#hanging.set(method, resolve));
  }

  /** One instance switches to the newest token of all, the pending one included. */
  switchInstance(index: number): void {
    if (this.instances[index] === undefined) throw new Error(`the fake has no instance ${index}`);
    this.instances[index] = this.newestToRollOut();
  }

  /** The change on its way comes into force on every instance. */
  apply(): void {
    if (this.pending) this.putInForce(this.pending);
    this.pending = undefined;
    this.instances.fill(this.newestToRollOut());
  }

  /** The change on its way fails: the old token stays in force, and every instance is put back on it. */
  fail(): void {
    if (!this.pending) return;
    this.#failedAttempt = this.pending.attempt;
    this.pending = undefined;
    this.instances.fill(this.current.token);
  }

  /** Somebody else sets the token; in force on every instance at once. */
  changeByOthers(token: Secret = freshToken()): Secret {
    this.pending = undefined;
    this.putInForce(this.nextChange(token));
    this.instances.fill(token);
    return token;
  }

  async resolve(signal: AbortSignal): Promise<Resource> {
    return this.answer('resolve', signal, () => {
      if (this.unresolvable) throw this.unresolvable;
      return this.resource;
    });
  }

  async inspect(resource: Resource, signal: AbortSignal): Promise<IssuerView> {
    return this.answer('inspect', signal, () => {
      this.assertReachable(resource);
      return this.view();
    });
  }

  protected async answer<T>(method: FakeMethod, signal: AbortSignal, act: () => T): Promise<T> {
    if (signal.aborted)
      throw this.error('upstream_timeout', `${method} was stopped before it began`, notApplied);
    const failure = this.#failures.get(method)?.shift();
    if (failure) throw failure;
    await this.#hang(method, signal);
    const answer = act();
    const lost = this.#lost.get(method) ?? 0;
    if (lost === 0) return answer;
    this.#lost.set(method, lost - 1);
    throw this.error('upstream_timeout', `the reply to ${method} was lost`);
  }

  async #hang(method: FakeMethod, signal: AbortSignal): Promise<void> {
    const onArrival = this.#hanging.get(method);
    if (onArrival === undefined) return;
    this.#hanging.delete(method);
    onArrival();
    await once(signal, 'abort');
    throw this.error('upstream_timeout', `${method} was stopped while it was under way`);
  }

  protected assertReachable(resource: Resource): void {
    if (resource.key !== this.resource.key)
      throw this.error('upstream_not_found', `there is no ${resource.key}`);
    if (this.unavailable) throw this.unavailable;
  }

  protected assertIdle(): void {
    const busy = this.describeBusy();
    if (busy !== undefined) throw this.error('upstream_busy', busy, notApplied);
  }

  protected putInForce(change: Change): void {
    this.current = change;
    this.#failedAttempt = undefined;
  }

  protected nextChange(token: Secret): Change {
    this.changes += 1;
    return { token, attempt: `attempt-${this.changes}` };
  }

  protected error(code: RotorError['code'], sentence: string, options: RotorErrorOptions = {}): RotorError {
    return new RotorError(code, `${this.resource.label}: ${sentence}.`, options);
  }

  protected newestToRollOut(): Secret {
    return (this.pending ?? this.current).token;
  }

  protected abstract readonly precondition: string;

  private describeBusy(): string | undefined {
    return this.pending ? `change ${this.pending.attempt} is on its way` : this.busy;
  }

  private view(): IssuerView {
    const busy = this.describeBusy();
    return {
      apmUrl: this.apmUrl,
      current: this.show(this.current.token),
      ...(this.pending && { pending: this.show(this.pending.token) }),
      ...(busy !== undefined && { busy }),
      attempt: this.current.attempt,
      ...(this.#failedAttempt !== undefined && { failedAttempt: this.#failedAttempt }),
      ...(this.rejected !== undefined && { rejected: this.rejected }),
      ...(this.moved !== undefined && { moved: this.moved }),
      precondition: this.precondition,
      ...(this.credentialExpires && { credentialExpires: this.credentialExpires }),
    };
  }

  private show(token: Secret): Secret | 'unreadable' {
    return this.readable ? token : 'unreadable';
  }
}

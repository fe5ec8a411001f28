import { once } from 'node:events';
import { RotorError } from '../../src/rotation/errors.js';
import type { Fingerprint, Secret } from '../../src/rotation/secret.js';
import type { Finding, Known, Observation, Target } from '../../src/targets/target.js';

export type FakeTargetOptions = {
  readonly name?: string;
  /** How many instances run behind the target. */
  readonly instances?: number;
  /** false: there is no way to look, so `observe` answers `assumed`. */
  readonly observable?: boolean;
  /** false: a delivery reaches the target, but its instances keep what they run with until `instances` is changed. */
  readonly instancesFollow?: boolean;
};

/** A target in memory: keeps what was delivered, and shows the instances that a test describes. */
export class FakeTarget implements Target {
  readonly name: string;
  readonly delivered: Secret[] = [];
  /** What a preflight says. */
  findings: Finding[] = [];
  /** What the last preflight was told. */
  known: Known | undefined;
  /** What each instance runs with; undefined for one that has never had a token. */
  instances: (Fingerprint | undefined)[];
  /** false: a delivery changes no instance. */
  instancesFollow: boolean;
  readonly #observable: boolean;
  readonly #failures = new Map<keyof Target, RotorError[]>();
  readonly #hangs = new Set<keyof Target>();

  constructor(options: FakeTargetOptions = {}) {
    this.name = options.name ?? 'fake';
    this.instances = Array.from({ length: options.instances ?? 1 }, () => undefined);
    this.#observable = options.observable ?? true;
    this.instancesFollow = options.instancesFollow ?? true;
  }

  /** The next call of `method` throws `error` and changes nothing; several are thrown one after the other. */
  failNext(method: keyof Target, error: RotorError): void {
    this.#failures.set(method, [...(this.#failures.get(method) ?? []), error]);
  }

  /** The next call of `method` waits until its signal aborts. */
  hangNext(method: keyof Target): void {
    this.#hangs.add(method);
  }

  preflight(signal: AbortSignal, known?: Known): Promise<readonly Finding[]> {
    this.known = known;
    return this.#answer('preflight', signal, () => this.findings);
  }

  deliver(token: Secret, signal: AbortSignal): Promise<void> {
    return this.#answer('deliver', signal, () => {
      this.delivered.push(token);
      if (this.instancesFollow) this.instances = this.instances.map(() => token.fingerprint);
    });
  }

  observe(expected: Fingerprint, signal: AbortSignal): Promise<Observation> {
    return this.#answer('observe', signal, () => {
      if (!this.#observable) return { state: 'assumed' };
      const seen = this.instances.filter((running) => running === expected).length;
      const of = this.instances.length;
      return { state: seen === of ? 'converged' : 'pending', seen, of };
    });
  }

  async #answer<T>(method: keyof Target, signal: AbortSignal, answer: () => T): Promise<T> {
    if (!signal.aborted && this.#hangs.delete(method)) await once(signal, 'abort');
    if (signal.aborted) throw new RotorError('target_failed', `Target ${this.name}: ${method} was stopped.`);
    const failure = this.#failures.get(method)?.shift();
    if (failure) throw failure;
    return answer();
  }
}

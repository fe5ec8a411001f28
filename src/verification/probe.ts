import type { Millis } from '../rotation/run.js';
import type { Secret } from '../rotation/secret.js';
import type { Acceptance } from '../rotation/world.js';

export type Answers = Acceptance & {
  /** When the first refusal arrived, epoch milliseconds. */
  readonly firstRefusedAt?: Millis;
};

/**
 * Asks an APM Server which tokens it accepts. Promises:
 * - every answer comes over a fresh connection, since each may reach another instance;
 * - the connections of several tokens are interleaved, so that they see one and the same moment;
 * - nothing is written to the APM Server;
 * - what is neither a clear yes nor a clear no counts as unclear; it does not throw for an upstream's fault.
 */
export interface Prober {
  /** In the order of `tokens`; `connections` fresh ones each. */
  probe(
    apmUrl: string,
    tokens: readonly Secret[],
    connections: number,
    signal: AbortSignal,
  ): Promise<readonly Answers[]>;
  /** One empty request to the very route that agents use; strongest proof, counted as an error by the server when refused. */
  tryIntake(apmUrl: string, token: Secret, signal: AbortSignal): Promise<Acceptance>;
}

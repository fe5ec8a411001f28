import type { Millis } from '../run.js';

/** When a rotation's token is due, and when a run that is due may start, as it was declared. */
export type DuePolicy = {
  readonly maxAgeMs?: number;
  /** Due this much before the token reaches its age; leaves time for one failed run and another. */
  readonly renewBeforeMs?: number;
  readonly cron?: string;
  /** IANA name; the cron's wall clock. */
  readonly timezone: string;
  /** So long after a firing a run may start; absent: until one has. */
  readonly windowMs?: number;
  /** What becomes of a firing whose window went by without a run, after a downtime or a blackout. */
  readonly catchUp: CatchUp;
  readonly blackouts: readonly Blackout[];
  /** How much later than the others this rotation starts; see `jitterOf`. */
  readonly jitterMs: number;
};

/** `next-window`: it waits for the next one; `now`: no other window holds it back; `skip`: it is forgotten. */
export type CatchUp = 'next-window' | 'now' | 'skip';

/** Nothing starts by schedule from the first moment on until just before the last. */
export type Blackout = { readonly from: Millis; readonly to: Millis; readonly reason: string };

/** What has happened so far, from the journal and from when this rotation was first known. */
export type DueHistory = {
  /** The age of the token in force counts from here; where no run has settled yet, from when Rotor first saw it. */
  readonly tokenSince: Millis;
  /** The start of the newest run, whatever became of it. */
  readonly lastAttempt?: Millis;
  /** The end of that run, where it has ended without a new token, and whether a person wanted it to. */
  readonly gaveUp?: { readonly at: Millis; readonly isCancelled: boolean };
  /** How often in a row the newest runs ended without a new token. */
  readonly failures: number;
  /** Nothing starts by schedule until then; see `Pause`. */
  readonly pause?: Pause;
};

/** A person has said so; without an end it holds until a person says otherwise. */
export type Pause = { readonly reason: string; readonly until?: Millis };

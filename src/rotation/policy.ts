import type { Wave } from './waves.js';

/** `continue`: the others get the token all the same. `pause`: none begins until a person resumes. `stop`: none begins. */
export type OnTargetFailure = 'continue' | 'pause' | 'stop';

/** The numbers of one run, frozen with it. All times in milliseconds. */
export type Policy = {
  /** K: fresh connections per token and look, and label reads before a promotion counts as settled. */
  readonly probes: number;
  readonly settleReads: number;
  /** Between two looks while a token is coming into force; the resolution of the auth gap. */
  readonly probeIntervalMs: number;
  /** From the token being set until Rotor calls it late. A plan may take 34 minutes and still apply. */
  readonly acceptDeadlineMs: number;
  /** How long an unanswered reset must leave no trace before it counts as not observed. */
  readonly quietPeriodMs: number;
  /** How long to wait before anything was sent: a pending plan, an upstream that is down. */
  readonly prepareDeadlineMs: number;
  readonly maxConcurrentTargets: number;
  /** In their order; absent: every target at once, up to `maxConcurrentTargets`. */
  readonly waves?: readonly Wave[];
  /** How long a wave is left to show what it does before the next one begins. */
  readonly soakMs?: number;
  /** Absent: continue. */
  readonly onTargetFailure?: OnTargetFailure;
  /** Of one delivery; `max` counts the tries after the first. */
  readonly retries: { readonly max: number; readonly baseMs: number; readonly capMs: number };
};

/** Of one target, where nothing else is said. */
export const DELIVERY_TIMEOUT_MS = 15 * 60_000;
export const DELIVERY_DEADLINE_MS = 2 * 60 * 60_000;

/** Elastic Cloud shows "nothing pending" for moments around a change (kibana#136974): one empty read proves nothing. */
export const FLICKER_MS = 10_000;

/** Until it shows the token of an unanswered reset, the plan alone knows it: what replaces the plan takes it along. */
export const QUIET_POLL_MS = 5_000;

/** How often the issuer is asked about a plan of which the APM Server shows nothing yet. */
export const PENDING_POLL_MS = 5_000;

/** How often a stalled run looks again. */
export const STALL_POLL_MS = 60_000;

/** Failed looks or effects in a row before a run says that it is stalled. */
export const PATIENCE = 3;

/** Conditional promotions against other people's moves before a person is asked. */
export const MAX_PROMOTE_CONFLICTS = 3;

/**
 * Versions that carry a label of Rotor's own, left by runs that failed. With more of them a run first takes the label
 * off those that the APM Server refuses: AWS takes 20 labels a secret.
 */
export const MANY_LABELS = 10;

/** Fresh connections per token when the watch looks and all seems well. */
export const WATCH_PROBES = 3;

import type { RotationState } from './rotation-states.js';

export type Severity = 'none' | 'warning' | 'critical';

/** As grave as the alert of `deploy/alerts.rules.yaml` that tells of it. */
const SEVERITY_OF: Readonly<Record<RotationState, Severity>> = {
  fresh: 'none',
  new: 'none',
  rotating: 'none',
  due: 'warning',
  paused: 'warning',
  deliveries_paused: 'warning',
  drifted: 'warning',
  degraded: 'critical',
  failed: 'critical',
  overdue: 'critical',
  stalled: 'critical',
};

/** Of a rotation, as it is shown. */
export type Judged = {
  readonly state: RotationState;
  readonly tokenSince: string | null;
  readonly maxAgeMs: number | null;
  /** Null: the token in force is none that a run had replaced. */
  readonly replacedBefore: object | null;
};

/** `now` in milliseconds since 1970. */
export function severityOf(rotation: Judged, now: number): Severity {
  if (isTooOld(rotation, now)) return 'critical';
  const severity = SEVERITY_OF[rotation.state];
  return severity === 'none' && rotation.replacedBefore ? 'warning' : severity;
}

/** A run that is under way, or a drift, does not make a token younger. */
export function isTooOld({ tokenSince, maxAgeMs }: Judged, now: number): boolean {
  return tokenSince !== null && maxAgeMs !== null && now >= Date.parse(tokenSince) + maxAgeMs;
}

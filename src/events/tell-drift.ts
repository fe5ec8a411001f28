import type { Notifications } from '../journal/notifications.js';
import type { WatchDeps } from '../rotation/watch.js';
import { driftEnded, drifted } from './happened.js';

/** Once, however many replicas see it and however often they start; again after a run, or after all was in step. */
export function tellDrift(notifications: Pick<Notifications, 'flip' | 'flipBack'>): WatchDeps['tell'] {
  return async (rotation, drift, after) =>
    drift
      ? notifications.flip(rotation, 'drift', `${after} ${drift.detail}`, drifted(rotation, drift))
      : notifications.flipBack(rotation, 'drift', after, (before) => ended(rotation, before, after));
}

/** What was noted before is a run alone where nothing was out of step after it. */
function ended(rotation: string, before: string, after: string) {
  const [, run, detail] = /^(\S*) (.+)$/s.exec(before) ?? [];
  if (detail === undefined) return undefined;
  return driftEnded(rotation, detail, run === after ? null : after);
}

import type { Notifications } from '../journal/notifications.js';
import type { WatchDeps } from '../rotation/watch.js';
import { drifted } from './happened.js';

/** Once, however many replicas see it and however often they start; again after a run, or after all was in step. */
export function tellDrift(notifications: Pick<Notifications, 'flip'>): WatchDeps['tell'] {
  return async (rotation, drift, after) =>
    drift
      ? notifications.flip(rotation, 'drift', `${after} ${drift.detail}`, drifted(rotation, drift))
      : notifications.flip(rotation, 'drift', after);
}

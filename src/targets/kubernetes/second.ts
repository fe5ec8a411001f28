import type { KubernetesApi } from './api.js';
import type { Changed } from './owners.js';

/** Waits so many milliseconds; rejects where the work is stopped. */
export type Pause = (ms: number) => Promise<void>;

/** After its beginning a second is over by the clock of every API server of a cluster, as they differ by less than one. */
const OVER_AFTER_MS = 2_000;
const POLL_MS = 500;
/** Where the server does not say what time it has, so many of them are as long. */
const MOST_POLLS = 6;

/**
 * The time of a change is told in whole seconds
 * (https://kubernetes.io/docs/reference/kubernetes-api/definitions/managed-fields-entry-v1-meta/): of two within one only
 * the value tells, and not at all where that comes back. So what is marked on a workload is what was read when no other
 * change can have that time any more: whatever comes later has another one.
 */
export async function readOnceOver<Held extends { readonly changed: Changed | undefined }>(
  api: Pick<KubernetesApi, 'time'>,
  read: () => Promise<Held | undefined>,
  pause: Pause,
): Promise<Held | undefined> {
  for (let poll = 0; ; poll += 1) {
    // Of an answer before: this one may have been read earlier than it was sent.
    const asked = api.time ?? -Infinity;
    const held = await read();
    const isOver = !held?.changed || asked >= Date.parse(held.changed.at) + OVER_AFTER_MS;
    if (isOver || poll === MOST_POLLS) return held;
    await pause(POLL_MS);
  }
}

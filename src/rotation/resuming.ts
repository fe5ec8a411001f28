import type { Entry, Journal } from '../journal/journal.js';
import type { Delivery } from './delivery.js';
import { driftOf, lastOf } from './drift.js';
import { asRotorError } from './errors.js';
import type { Look } from './look.js';
import { holdsLock, leftBy, type Run } from './run.js';
import { Stop } from './stop.js';
import { acceptedByAll, refusedByAll } from './world.js';

/** So long a person waits for the answer; until then only `pause` and `cancel` can be asked of the run. */
const LOOK_MS = 60_000;

type ResumingDeps = { readonly journal: Pick<Journal, 'list' | 'lastSettled'>; readonly look: Look };

/**
 * Why the deliveries of a paused run must not go on, half a sentence; undefined where its token is proven to be in force
 * still. In a pause somebody may have changed it: what a target would be brought then is a token that is refused. Throws
 * what the journal throws.
 */
export async function whyNotResumed(
  run: Run,
  { journal, look }: ResumingDeps,
  signal: AbortSignal,
): Promise<string | undefined> {
  const [latest] = await journal.list({ rotation: run.rotation, limit: 1 });
  if (latest && latest.id !== run.id && holdsLock(latest.state))
    return `${latest.id} is at work on the token, and takes them over when its own is current`;
  const settled = await journal.lastSettled(run.rotation);
  if (settled && settled.id !== run.id && settled.startedAt >= run.startedAt)
    return `${settled.id} has taken them over`;
  using stop = new Stop([signal], LOOK_MS);
  try {
    return await whyNotInForce(run, look, stop.signal);
  } catch (error) {
    if (signal.aborted) throw error;
    if (stop.signal.aborted)
      return `whether its token is in force still could not be seen within ${LOOK_MS / 1_000} s. Next: rotor verify ${run.rotation}`;
    return `whether its token is in force still could not be seen: ${asRotorError(error).message}`;
  }
}

/**
 * Which delivery has failed since a person asked to resume, half a sentence; undefined where none has. They cannot have
 * seen that failure, and it made no pause of its own, since there was one.
 */
export function failedSince(entries: readonly Entry[], now: readonly Delivery[]): string | undefined {
  const before = entries.slice(
    0,
    entries.findLastIndex(({ asked }) => asked),
  );
  const failed = before.flatMap(({ deliveries = [] }) => deliveries.filter(hasFailed));
  const known = new Set(failed.map(({ target }) => target));
  const unseen = now.find((one) => hasFailed(one) && !known.has(one.target));
  return unseen && `${unseen.target} has failed meanwhile: ${unseen.problem?.detail ?? 'it gave no reason'}`;
}

const hasFailed = ({ state }: Delivery): boolean => state === 'failed';

async function whyNotInForce(run: Run, look: Look, signal: AbortSignal): Promise<string | undefined> {
  const { rotation, resource, policy } = run;
  const delivers = leftBy(run)?.fingerprint;
  if (!resource || delivers === undefined) throw new Error('a run that delivers has settled its token');
  const world = await look.between({ rotation, resource, policy }, signal);
  const { issuer, store, probes, bogus } = world;
  if (issuer.busy !== undefined) return `a change is on its way to the APM Server: ${issuer.busy}`;
  const stored = store.current?.fingerprint;
  const drift = driftOf({ rotation, ...world, last: lastOf(run), behind: [] });
  if (drift) return `${drift.detail}. Next: ${drift.repair}`;
  if (stored !== delivers)
    return `they bring ${delivers}, and ${stored ?? 'no token'} is current in the store. Next: rotor adopt ${rotation}`;
  if (acceptedByAll(probes.get(delivers)) && refusedByAll(bogus)) return undefined;
  return `not every connection to the APM Server has told ${delivers} from a random token. Next: rotor verify ${rotation}`;
}

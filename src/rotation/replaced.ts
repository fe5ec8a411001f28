import type { Journal } from '../journal/journal.js';
import { leftBy, type Millis, type Replaced, type Run } from './run.js';
import type { Fingerprint } from './secret.js';

/** Runs that have had one token: its rotation, and each adoption and delivery of it since. */
const MOST_RUNS = 1_000;

type Past = Pick<Journal, 'archive' | 'entries' | 'lastSettled' | 'list'>;
type TokenRun = Awaited<ReturnType<Journal['archive']['withToken']>>[number];
type Known = Pick<Run, 'id' | 'rotation' | 'resource'>;

/**
 * Whether this run, which is about to settle, puts a token in force again that another one had replaced. A token that no
 * run of this name has had is not known. A rotation may do so too: where the server accepts what an earlier run has left
 * and not what the issuer shows.
 */
export async function replacedBefore(
  run: Known,
  token: Fingerprint,
  journal: Past,
): Promise<Replaced | undefined> {
  const carried = await carriedOn(run, token, journal);
  if (carried) return carried;
  const had = (await journal.archive.withToken(token, MOST_RUNS, [run.rotation])).filter(
    (one) => one.run.id !== run.id,
  );
  const by = newer(
    had.findLast((one) => one.as === 'previous' && hasReplaced(one.run, token))?.run,
    await foundReplaced(run, token, had, journal),
  );
  const at = by && (await leftAt(by, journal));
  if (!by || at === undefined) return undefined;
  const first = had.find((one) => broughtBy(one, token))?.run;
  const since = first && (await leftAt(first, journal));
  return {
    at,
    by: by.id,
    ...(!hasReplaced(by, token) && { seen: true }),
    // One that was in force before the first run is known since its return alone.
    ...(since !== undefined && since < at && { since }),
  };
}

/** Of the token that the run has left current. */
export function replacedIn(run: Run | undefined): Replaced | undefined {
  const state = run?.state;
  return state?.state === 'ended' || state?.state === 'settled' ? state.replaced : undefined;
}

/** Two clauses, as they stand in a sentence after the fingerprint of the token. */
export function replacedWords({ at, by, seen }: Replaced): string {
  const how = seen ? `as ${by} found` : `by ${by}`;
  return `was replaced at ${new Date(at).toISOString()}, ${how}, and is in force again: whoever had it may still have it`;
}

/** The newest run has found it in force again already, and this one delivers it once more. */
async function carriedOn(
  { rotation }: Known,
  token: Fingerprint,
  journal: Past,
): Promise<Replaced | undefined> {
  const newest = await journal.lastSettled(rotation);
  const replaced = replacedIn(newest);
  if (!newest || !replaced || leftBy(newest)?.fingerprint !== token) return undefined;
  const at = replaced.back?.at ?? (await leftAt(newest, journal));
  return at === undefined ? replaced : { ...replaced, back: replaced.back ?? { at, by: newest.id } };
}

/**
 * The first of the runs that left other tokens current after one that left this one so. Those that have left this one
 * so since then have not settled it: such a run has found it back, and was rolled back to it.
 */
async function foundReplaced(
  { id, rotation, resource }: Known,
  token: Fingerprint,
  had: readonly TokenRun[],
  journal: Past,
): Promise<Run | undefined> {
  // Where the config has led elsewhere meanwhile, nobody has replaced it here.
  const isHere = (run: Run): boolean => run.id !== id && run.resource?.key === resource?.key;
  const first = had.find((one) => broughtBy(one, token) && isHere(one.run))?.run;
  if (!first) return undefined;
  let found: Run | undefined;
  for (const run of await journal.list({ rotation, since: first.startedAt, limit: MOST_RUNS })) {
    const left = isHere(run) ? leftBy(run)?.fingerprint : undefined;
    if (left === undefined) continue;
    if (left !== token) found = run;
    else if (found) return found;
  }
  return found;
}

function newer(one: Run | undefined, other: Run | undefined): Run | undefined {
  return one && other ? (one.startedAt > other.startedAt ? one : other) : (one ?? other);
}

function broughtBy({ run, as }: TokenRun, token: Fingerprint): boolean {
  return as === 'new' && leftBy(run)?.fingerprint === token;
}

function hasReplaced({ mode, state }: Run, token: Fingerprint): boolean {
  if (mode !== 'rotate' || (state.state !== 'settled' && state.state !== 'ended')) return false;
  const { previous, current } = state;
  return previous?.fingerprint === token && current !== undefined && current.fingerprint !== token;
}

/** When the token that the run has left was known to be current. */
async function leftAt(run: Run, journal: Past): Promise<Millis | undefined> {
  const entries = await journal.entries(run.id);
  const settled = entries.find(({ state }) => state?.state === 'settled');
  // One that was rolled back, say, has seen that its token is accepted and current, and settles nothing.
  return settled?.at ?? run.endedAt;
}

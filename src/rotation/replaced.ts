import type { Journal } from '../journal/journal.js';
import { leftBy, type Millis, type Replaced, type Run } from './run.js';
import type { Fingerprint } from './secret.js';

/** Runs that have had one token: its rotation, and each adoption and delivery of it since. */
const MOST_RUNS = 1_000;

type Past = Pick<Journal, 'archive' | 'entries' | 'lastSettled' | 'list'>;
type TokenRun = Awaited<ReturnType<Journal['archive']['withToken']>>[number];
type Known = Pick<Run, 'id' | 'rotation' | 'mode' | 'resource'>;

/**
 * Whether this run, which is about to settle, puts a token in force again that another one had replaced; a rotation never
 * does of its own. A token that no run of this name has had is not known.
 */
export async function replacedBefore(
  run: Known,
  token: Fingerprint,
  journal: Past,
): Promise<Replaced | undefined> {
  if (run.mode === 'rotate') return undefined;
  const carried = await carriedOn(run, token, journal);
  if (carried) return carried;
  const had = (await journal.archive.withToken(token, MOST_RUNS, [run.rotation])).filter(
    (one) => one.run.id !== run.id,
  );
  const by = newer(
    had.findLast((one) => one.as === 'previous' && hasReplaced(one.run, token))?.run,
    await foundReplaced(run, token, had, journal),
  );
  const at = by && (await settledAt(by.id, journal));
  if (!by || at === undefined) return undefined;
  const first = had.find((one) => broughtBy(one, token))?.run.id;
  const since = first === undefined ? undefined : await settledAt(first, journal);
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
  const at = replaced.back?.at ?? (await settledAt(newest.id, journal));
  return at === undefined ? replaced : { ...replaced, back: replaced.back ?? { at, by: newest.id } };
}

/** The first run that left another token current, after the last one that left this one so. */
async function foundReplaced(
  { id, rotation, resource }: Known,
  token: Fingerprint,
  had: readonly TokenRun[],
  journal: Past,
): Promise<Run | undefined> {
  // Where the config has led elsewhere meanwhile, nobody has replaced it here.
  const isHere = (run: Run): boolean => run.id !== id && run.resource?.key === resource?.key;
  const last = had.findLast((one) => broughtBy(one, token) && isHere(one.run))?.run;
  if (!last) return undefined;
  const since = await journal.list({ rotation, since: last.startedAt, limit: MOST_RUNS });
  const after = since
    .slice(
      0,
      since.findIndex((run) => run.id === last.id),
    )
    .filter(isHere);
  return after.findLast((run) => (leftBy(run)?.fingerprint ?? token) !== token);
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

/** Undefined where the token of the run never became current. */
async function settledAt(id: string, journal: Past): Promise<Millis | undefined> {
  const entries = await journal.entries(id);
  return entries.find(({ state }) => state?.state === 'settled')?.at;
}

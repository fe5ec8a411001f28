import type { Journal } from '../journal/journal.js';
import { leftBy, type Millis, type Replaced, type Run } from './run.js';
import type { Fingerprint } from './secret.js';

/** Runs that have had one token: its rotation, and each adoption and delivery of it since. */
const MOST_RUNS = 1_000;

type Past = Pick<Journal, 'archive' | 'entries'>;

/** Whether this run puts a token in force again that a rotation of this name had replaced; that one never does of its own. */
export async function replacedBefore(
  { id, rotation, mode }: Pick<Run, 'id' | 'rotation' | 'mode'>,
  token: Fingerprint,
  journal: Past,
): Promise<Replaced | undefined> {
  if (mode === 'rotate') return undefined;
  const had = (await journal.archive.withToken(token, MOST_RUNS, [rotation])).filter(
    ({ run }) => run.id !== id,
  );
  const by = had.findLast(({ run, as }) => as === 'previous' && hasReplaced(run, token))?.run.id;
  const at = by === undefined ? undefined : await settledAt(by, journal);
  if (by === undefined || at === undefined) return undefined;
  const first = had.find(({ run, as }) => as === 'new' && leftBy(run)?.fingerprint === token)?.run.id;
  const since = first === undefined ? undefined : await settledAt(first, journal);
  // One that was in force before the first run is known since its return alone.
  return { at, by, ...(since !== undefined && since < at && { since }) };
}

/** Of the token that the run has left current. */
export function replacedIn(run: Run | undefined): Replaced | undefined {
  const state = run?.state;
  return state?.state === 'ended' || state?.state === 'settled' ? state.replaced : undefined;
}

/** Two clauses, as they stand in a sentence after the fingerprint of the token. */
export function replacedWords({ at, by }: Replaced): string {
  return `was replaced at ${new Date(at).toISOString()}, by ${by}, and is in force again: whoever had it may still have it`;
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

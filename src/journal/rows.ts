import type { Selectable, Transaction } from 'kysely';
import { asRotorError, RotorError, systemCode } from '../rotation/errors.js';
import type { Millis, Run } from '../rotation/run.js';
import { holdsLock } from '../rotation/run.js';
import { hashOf } from './chain.js';
import { bodyOf, FORM, runOf } from './forms.js';
import { outcomeIn } from './outcomes.js';
import { starterIn } from './starters.js';
import type { Change, Claim, Entry } from './journal.js';
import type { Tables } from './tables.js';

export type RunRow = Selectable<Tables['run']>;

/** The unique indexes would refuse it as well; this names who is in the way. */
export async function refuseWhereActive(tx: Transaction<Tables>, run: Run): Promise<void> {
  const other = await tx
    .selectFrom('run')
    .selectAll()
    .where('active', '=', 1)
    .where('id', '!=', run.id)
    .where((eb) =>
      eb.or([
        eb('rotation', '=', run.rotation),
        eb('store_key', '=', run.storeKey),
        ...(run.resource ? [eb('resource_key', '=', run.resource.key)] : []),
      ]),
    )
    .executeTakeFirst();
  if (other) throw inProgress(run, runOf(other));
}

/** Two replicas find the same rotation due; one of them opens its run when that of the other has long ended. */
export async function refuseWhereServed(
  tx: Transaction<Tables>,
  { rotation, lastKnown }: { readonly rotation: string; readonly lastKnown?: Millis | null | undefined },
): Promise<void> {
  if (lastKnown === undefined) return;
  const newer = await tx
    .selectFrom('run')
    .select('id')
    .where('rotation', '=', rotation)
    .where('mode', '=', 'rotate')
    .where('started_at', '>', lastKnown ?? 0)
    .limit(1)
    .executeTakeFirst();
  if (!newer) return;
  throw new RotorError('rotation_in_progress', `${newer.id} was started for ${rotation} meanwhile`, {
    effect: 'not_applied',
    runId: newer.id,
  });
}

/** What `open` refuses a second run with. */
export function inProgress(asked: Pick<Run, 'rotation'>, other: Pick<Run, 'id' | 'rotation'>): RotorError {
  const what =
    asked.rotation === other.rotation ? `rotation ${other.rotation}` : `what ${asked.rotation} would change`;
  return new RotorError('rotation_in_progress', `${other.id} is already working on ${what}`, {
    effect: 'not_applied',
    runId: other.id,
    hint: `Watch it with \`rotor status ${other.rotation}\`.`,
  });
}

/** What an entry makes of a run. */
export function changedBy(
  { note: _note, opening: _opening, asked, deliveries, paused, ...change }: Change,
  before: Run,
  at: Millis,
): Run {
  const { waitingFor, asked: before_, paused: restsSince, ...rest } = before;
  const ends = change.state?.state === 'ended';
  const stillAsked = asked === undefined ? before_ : asked;
  const stillPaused = paused === undefined ? restsSince : paused;
  return {
    ...rest,
    ...(!change.state && waitingFor !== undefined && { waitingFor }),
    ...(stillAsked && !ends && { asked: stillAsked }),
    ...(stillPaused && !ends && { paused: stillPaused }),
    ...change,
    ...(deliveries && { deliveries: merged(rest.deliveries, deliveries) }),
    ...(ends && { endedAt: at }),
  };
}

/** Those that have changed in the place of what they were; in the order of the first entry that had them. */
function merged(before: Run['deliveries'], changed: Run['deliveries']): Run['deliveries'] {
  const news = new Map(changed.map((delivery) => [delivery.target, delivery]));
  const kept = before.map((delivery) => {
    const now = news.get(delivery.target) ?? delivery;
    news.delete(delivery.target);
    return now;
  });
  return [...kept, ...news.values()];
}

/** Returns its hash, which is the head of the run from now on. */
export async function insertEntry(
  tx: Transaction<Tables>,
  runId: string,
  before: string,
  { seq, at, ...change }: Entry,
): Promise<string> {
  const row = { run_id: runId, seq, at, body: bodyOf(change) };
  const hash = hashOf(before, row);
  await tx
    .insertInto('entry')
    .values({ ...row, hash })
    .execute();
  return hash;
}

export function rowOf(
  run: Run,
  kept: Pick<RunRow, 'seq' | 'epoch' | 'lease_until' | 'number' | 'head'>,
): RunRow {
  return {
    id: run.id,
    rotation: run.rotation,
    mode: run.mode,
    store_key: run.storeKey,
    resource_key: run.resource?.key ?? null,
    active: holdsLock(run.state) ? 1 : 0,
    ended: run.state.state === 'ended' ? 1 : 0,
    settled_at: null,
    filed: kept.seq,
    outcome: outcomeIn(run),
    started_by: starterIn(run),
    started_at: run.startedAt,
    form: FORM,
    body: JSON.stringify(run),
    ...kept,
  };
}

/** PostgreSQL's unique_violation. Within one process nobody comes in between. */
export function isDuplicate(error: unknown): boolean {
  return systemCode(error) === '23505';
}

export function leaseLost({ runId }: Claim): RotorError {
  return new RotorError('lease_lost', `another worker has taken ${runId} over`, { effect: 'not_applied' });
}

export function unavailable(what: string, cause: unknown): RotorError {
  return new RotorError('journal_unavailable', `${what}: ${asRotorError(cause).message}`, { cause });
}

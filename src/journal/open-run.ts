import { randomBytes } from 'node:crypto';
import type { Transaction } from 'kysely';
import type { Millis, Run } from '../rotation/run.js';
import { nextLink } from './chain.js';
import type { Database } from './database.js';
import type { NewRun } from './journal.js';
import { openingOf } from './opening.js';
import { noteRequest, openedBefore } from './requests.js';
import { insertEntry, refuseWhereActive, refuseWhereServed, rowOf } from './rows.js';
import type { Tables } from './tables.js';

/** The run that is opened now, or the one that the same request has opened before; throws what `Journal.open` throws. */
export async function openRun(
  tx: Transaction<Tables>,
  { lockOpening }: Pick<Database, 'lockOpening'>,
  asked: NewRun,
  now: Millis,
): Promise<{ readonly run: Run; readonly isNew: boolean }> {
  const { lastKnown: _known, request, ...rest } = asked;
  const known = request && (await openedBefore(tx, request, now));
  if (known) return { run: known, isNew: false };
  const id = `run_${now.toString(36)}${randomBytes(5).toString('hex')}`;
  const run: Run = {
    ...rest,
    id,
    state: { state: 'preparing' },
    deliveries: [],
    measure: {},
    startedAt: now,
  };
  await refuseWhereActive(tx, run);
  await refuseWhereServed(tx, asked);
  await lockOpening(tx);
  const { number, before } = await nextLink(tx);
  const row = rowOf(run, { seq: 1, epoch: 0, lease_until: 0, number, head: '' });
  await tx.insertInto('run').values(row).execute();
  const opening = { seq: 1, at: now, state: run.state, opening: openingOf(run), ...emergencyNote(run) };
  const head = await insertEntry(tx, id, before, opening);
  await tx.updateTable('run').set({ head }).where('id', '=', id).execute();
  if (request) await noteRequest(tx, request, id, now);
  return { run, isNew: true };
}

/** In the log too, which whoever audits it reads. */
function emergencyNote({ trigger: { emergency, by, reason } }: Run): { readonly note?: string } {
  if (!emergency) return {};
  const skipped = emergency.length === 0 ? 'there was nothing to skip' : `skipped: ${emergency.join('; ')}`;
  return { note: `an emergency, for ${by ?? 'a person'} (${reason}); ${skipped}` };
}

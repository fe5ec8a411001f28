import { randomBytes } from 'node:crypto';
import type { Transaction } from 'kysely';
import type { Millis, Run } from '../rotation/run.js';
import type { RotorEvent } from '../events/schemas.js';
import { supersedeOthers, useApproval } from './approval-changes.js';
import { nextLink } from './chain.js';
import type { Database } from './database.js';
import type { NewRun } from './journal.js';
import { openingOf } from './opening.js';
import { noteRequest, openedBefore } from './requests.js';
import { insertEntry, refuseWhereActive, refuseWhereServed, rowOf } from './rows.js';
import type { Tables } from './tables.js';

/** `events`: what is to be told beside the opening itself. */
type Opened = { readonly run: Run; readonly isNew: boolean; readonly events: readonly RotorEvent[] };

/** The run that is opened now, or the one that the same request has opened before; throws what `Journal.open` throws. */
export async function openRun(
  tx: Transaction<Tables>,
  { lockOpening }: Pick<Database, 'lockOpening'>,
  asked: NewRun,
  now: Millis,
): Promise<Opened> {
  const { lastKnown: _known, request, approval, trigger, ...rest } = asked;
  const known = request && (await openedBefore(tx, request, now));
  if (known) return { run: known, isNew: false, events: [] };
  const id = `run_${now.toString(36)}${randomBytes(5).toString('hex')}`;
  // Before anything else: who comes second is told of the first, and not of its run.
  if (approval) await lockOpening(tx);
  const used = approval && (await useApproval(tx, approval, id, now));
  const run: Run = {
    ...rest,
    trigger: { ...trigger, ...(used && { approved: used.approved }) },
    id,
    state: { state: 'preparing' },
    deliveries: [],
    measure: {},
    startedAt: now,
  };
  await refuseWhereActive(tx, run);
  await refuseWhereServed(tx, asked);
  await lockOpening(tx);
  const superseded = run.mode === 'rotate' ? await supersedeOthers(tx, run.rotation, id, now) : [];
  const { number, before } = await nextLink(tx);
  const row = rowOf(run, { seq: 1, epoch: 0, lease_until: 0, number, head: '' });
  await tx.insertInto('run').values(row).execute();
  const opening = { seq: 1, at: now, state: run.state, opening: openingOf(run), ...openingNote(run) };
  const head = await insertEntry(tx, id, before, opening);
  await tx.updateTable('run').set({ head }).where('id', '=', id).execute();
  if (request) await noteRequest(tx, request, id, now);
  return { run, isNew: true, events: [...(used?.events ?? []), ...superseded] };
}

/** In the log too, which whoever audits it reads. */
function openingNote({ trigger: { emergency, approved, by, reason } }: Run): { readonly note?: string } {
  if (approved) {
    const words = approved.comment === undefined ? '' : `: ${approved.comment}`;
    return { note: `approved by ${approved.by} (${approved.approval})${words}` };
  }
  if (!emergency) return {};
  const skipped = emergency.length === 0 ? 'there was nothing to skip' : `skipped: ${emergency.join('; ')}`;
  return { note: `an emergency, for ${by ?? 'a person'} (${reason}); ${skipped}` };
}

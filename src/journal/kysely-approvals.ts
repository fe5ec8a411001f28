import { randomBytes } from 'node:crypto';
import type { Transaction } from 'kysely';
import { approvalEvent } from '../events/approvals.js';
import type { Clock } from '../rotation/clock.js';
import { RotorError } from '../rotation/errors.js';
import type { Millis } from '../rotation/run.js';
import { wellFormed } from '../rotation/well-formed.js';
import { addAct } from './acts.js';
import { decidedAct, expiredAct, requestedAct } from './approval-acts.js';
import { approvalIn, changeOpen, decided, noteGranted, supersede } from './approval-changes.js';
import { ended } from './approval-end.js';
import { approvalOf } from './approval-table.js';
import { askedOf, askedWith, listedApprovals, openOf } from './approval-reads.js';
import type { Approval, ApprovalFilter, Approvals, Asked, Decision, NewApproval } from './approvals.js';
import type { Database } from './database.js';
import type { StartRequest } from './journal.js';
import { guarded } from './guarded.js';
import type { Outbox } from './outbox.js';
import { noteRequest } from './requests.js';
import { refuseWhereServed } from './rows.js';
import type { Tables } from './tables.js';
import { written } from './written.js';

type KyselyApprovalsDeps = {
  readonly database: Database;
  readonly clock: Clock;
  readonly outbox: Outbox;
};

export class KyselyApprovals implements Approvals {
  constructor(private readonly deps: KyselyApprovalsDeps) {}

  async ask(asked: NewApproval): Promise<Approval> {
    const fit = wellFormed(asked);
    return this.#changed(async (tx, now) => {
      const { request } = fit;
      const before = request && (await askedWith(tx, request, now));
      if (before) return before;
      await refuseWhereServed(tx, fit);
      // One whose time is over would be in the way of this one until somebody has noted it.
      await this.#expireAll(tx, now);
      await refuseWhereOpen(tx, fit);
      const approval = await insert(tx, fit, now);
      if (request) await noteRequest(tx, request, null, now);
      await addAct(tx, requestedAct(approval), now);
      await this.deps.outbox.write(tx, [approvalEvent('approval.requested', approval)], now);
      return approval;
    });
  }

  async askedBy(request: StartRequest): Promise<Approval | undefined> {
    const { database, clock } = this.deps;
    return guarded(async () => askedWith(database.db, request, clock.now()));
  }

  async find(id: string): Promise<Approval | undefined> {
    const { database } = this.deps;
    const rows = database.db.selectFrom('approval').selectAll().where('id', '=', wellFormed(id));
    const row = await guarded(async () => rows.executeTakeFirst());
    return row && approvalOf(row);
  }

  async list(filter: ApprovalFilter): Promise<readonly Approval[]> {
    const { database } = this.deps;
    const rows = await guarded(async () => listedApprovals(database.db, wellFormed(filter)).execute());
    return rows.map(approvalOf);
  }

  async asked(rotations: readonly string[]): Promise<ReadonlyMap<string, Asked>> {
    return guarded(async () => askedOf(this.deps.database.db, rotations));
  }

  async pending(rotations: readonly string[]): Promise<ReadonlyMap<string, Approval>> {
    const open = await guarded(async () => openOf(this.deps.database.db, rotations));
    const now = this.deps.clock.now();
    const pending = open.filter(({ state, expiresAt }) => state === 'pending' && now < expiresAt);
    return new Map(pending.map((one) => [one.rotation, one]));
  }

  async grant(id: string, decision: Decision, until: Millis): Promise<Approval> {
    return this.#decide(id, async (tx, now) => {
      const change = { state: 'granted', expires_at: until, ...decided(wellFormed(decision), now) };
      const granted = await changeOpen(tx, { id, state: 'pending' }, change);
      if (granted) await this.deps.outbox.write(tx, await noteGranted(tx, granted, now), now);
      return granted;
    });
  }

  async reject(id: string, decision: Decision): Promise<Approval> {
    return this.#decide(id, async (tx, now) => {
      const change = { state: 'rejected', open: 0, ...decided(wellFormed(decision), now) };
      const rejected = await changeOpen(tx, { id, state: 'pending' }, change);
      if (!rejected) return undefined;
      await addAct(tx, decidedAct('approval_rejected', rejected), now);
      await this.deps.outbox.write(tx, [approvalEvent('approval.rejected', rejected)], now);
      return rejected;
    });
  }

  async supersede(id: string, why: string): Promise<void> {
    await this.#changed(async (tx, now) =>
      this.deps.outbox.write(tx, await supersede(tx, id, wellFormed(why), now), now),
    );
  }

  async expire(): Promise<readonly Approval[]> {
    const { database, clock } = this.deps;
    const over = database.db
      .selectFrom('approval')
      .select('id')
      .where('open', '=', 1)
      .where('expires_at', '<=', clock.now());
    // At rest, which is nearly always, nothing is written.
    if ((await guarded(async () => over.execute())).length === 0) return [];
    return this.#changed(async (tx, now) => this.#expireAll(tx, now));
  }

  async #expireAll(tx: Transaction<Tables>, now: Millis): Promise<readonly Approval[]> {
    const rows = await tx
      .updateTable('approval')
      .set({ state: 'expired', open: 0 })
      .where('open', '=', 1)
      .where('expires_at', '<=', now)
      .returningAll()
      .execute();
    const expired = rows.map(approvalOf);
    for (const approval of expired) {
      await addAct(tx, expiredAct(approval), now);
      await this.deps.outbox.write(tx, [approvalEvent('approval.expired', approval)], now);
    }
    return expired;
  }

  /** Undefined: it cannot be decided any more. */
  async #decide(
    id: string,
    decide: (tx: Transaction<Tables>, now: Millis) => Promise<Approval | undefined>,
  ): Promise<Approval> {
    return this.#changed(async (tx, now) => {
      const known = await approvalIn(tx, id);
      if (!known || now >= known.expiresAt) throw ended(known, id);
      const approval = await decide(tx, now);
      if (approval) return approval;
      throw ended(known, id);
    });
  }

  async #changed<T>(work: (tx: Transaction<Tables>, now: Millis) => Promise<T>): Promise<T> {
    const { database, clock } = this.deps;
    return written(database, 'said', async (tx) => {
      await database.lockOpening(tx);
      return work(tx, clock.now());
    });
  }
}

async function refuseWhereOpen(tx: Transaction<Tables>, { rotation, trigger }: NewApproval): Promise<void> {
  const open = (await openOf(tx, [rotation])).find(
    ({ state }) => state === 'pending' || trigger === 'schedule',
  );
  if (!open) return;
  throw new RotorError('approval_pending', `${open.id} of ${rotation} waits for approval already`, {
    effect: 'not_applied',
    approvalId: open.id,
    hint: `Somebody else approves it: \`rotor approve ${open.id}\`.`,
  });
}

async function insert(
  tx: Transaction<Tables>,
  { rotation, trigger, by, reason, planId, planDigest, expiresAt, request }: NewApproval,
  now: Millis,
): Promise<Approval> {
  const row = {
    id: `apr_${now.toString(36)}${randomBytes(5).toString('hex')}`,
    rotation,
    state: 'pending',
    asked_by: trigger,
    requester: by.name,
    requester_id: by.id,
    requester_known: by.known ?? null,
    requested_at: now,
    reason,
    plan_id: planId ?? null,
    plan_digest: planDigest ?? null,
    expires_at: expiresAt,
    decider: null,
    decider_id: null,
    decided_at: null,
    comment: null,
    run_id: null,
    open: 1,
    request_key: request?.key ?? null,
  };
  await tx.insertInto('approval').values(row).execute();
  return approvalOf(row);
}

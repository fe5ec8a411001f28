import { ended } from '../../journal/approval-end.js';
import type { Approval, Decision, Person } from '../../journal/approvals.js';
import type { Journal } from '../../journal/journal.js';
import type { Clock } from '../../rotation/clock.js';
import { asRotorError, RotorError } from '../../rotation/errors.js';
import type { Planned } from '../../rotation/run.js';
import type { Caller } from '../access/caller.js';
import type { Planner } from '../planner.js';
import type { Rotations } from '../rotations.js';
import { approvalNotNeeded } from './need.js';
import { etagOf, isMatch } from './view.js';

type Deps = {
  readonly journal: Pick<Journal, 'approvals'>;
  readonly rotations: Rotations;
  readonly planner: Planner;
  readonly clock: Clock;
};

type Deciding = {
  readonly by: Caller;
  /** `If-Match`. */
  readonly ifMatch?: string;
};

/** Decides on what somebody else has asked for. */
export class Approving {
  constructor(private readonly deps: Deps) {}

  /** Throws `not_found`. */
  async find(id: string): Promise<Approval> {
    const approval = await this.deps.journal.approvals.find(id);
    if (approval) return approval;
    throw new RotorError('not_found', `there is no approval ${JSON.stringify(id)}`, {
      hint: 'List them: `rotor get approvals`.',
    });
  }

  /** As it is now, and as what a run of its rotation depends on is now. */
  etagOf(approval: Approval): string {
    const { rotations } = this.deps;
    const isDeclared = rotations.labelsOf(approval.rotation) !== undefined;
    return etagOf(approval, isDeclared ? rotations.basisOf(approval.rotation) : undefined);
  }

  /**
   * Starts the run where a person has asked for it, and leaves that to the schedule where the schedule has. The same
   * person again gets the same answer. Throws `own_request`, `not_an_approver`, `approval_ended`, `precondition_failed`,
   * `plan_stale`, which ends the approval, and what a start throws: then it is still pending.
   */
  async approve(
    id: string,
    comment: string | undefined,
    { by, ifMatch }: Deciding,
    signal: AbortSignal,
  ): Promise<Approval> {
    const approval = await this.#current(id);
    assertOther(approval, by);
    this.#assertApprover(approval, by);
    if (isGrantedBy(approval, by)) return approval;
    this.#assertPending(approval, ifMatch);
    const decision = { by: personIn(by), ...(comment !== undefined && { comment }) };
    try {
      if (approval.trigger === 'schedule') return await this.#grant(approval, decision);
      return await this.#start(approval, decision, by, signal);
    } catch (error) {
      return this.#decidedBefore(id, error, (now) => isGrantedBy(now, by));
    }
  }

  /** Also by whoever asked. The same person again gets the same answer. Throws `not_found`, `not_an_approver`, `approval_ended` and `precondition_failed`. */
  async reject(id: string, reason: string, { by, ifMatch }: Deciding): Promise<Approval> {
    const approval = await this.#current(id);
    if (!isOwn(approval, by)) this.#assertApprover(approval, by);
    if (isRejectedBy(approval, by)) return approval;
    this.#assertPending(approval, ifMatch);
    try {
      return await this.deps.journal.approvals.reject(id, { by: personIn(by), comment: reason });
    } catch (error) {
      return this.#decidedBefore(id, error, (now) => isRejectedBy(now, by));
    }
  }

  /** The same request, sent twice, may have come to another replica. */
  async #decidedBefore(id: string, error: unknown, isTheirs: (now: Approval) => boolean): Promise<Approval> {
    if (asRotorError(error).code !== 'approval_ended') throw error;
    const now = await this.find(id);
    if (isTheirs(now)) return now;
    throw error;
  }

  /** The next tick starts it, within the rules of the schedule. */
  async #grant({ id, rotation }: Approval, decision: Decision): Promise<Approval> {
    const { rotations, journal, clock } = this.deps;
    const need = rotations.approvalNeedOf(rotation);
    if (!need) throw approvalNotNeeded(rotation);
    return journal.approvals.grant(id, decision, clock.now() + need.expiresMs);
  }

  async #start(
    approval: Approval,
    granted: Decision,
    approver: Caller,
    signal: AbortSignal,
  ): Promise<Approval> {
    const { id, rotation, reason, requestedBy: by } = approval;
    const planned = await this.#planned(approval, signal);
    // The look takes so long that the config may name others by now.
    this.#assertApprover(approval, approver);
    const known = { approval: { id, granted }, ...(planned && { planned }) };
    await this.deps.rotations.start(rotation, 'rotate', { kind: 'api', reason, by }, known);
    return this.find(id);
  }

  async #planned({ id, rotation, planDigest }: Approval, signal: AbortSignal): Promise<Planned | undefined> {
    if (planDigest === undefined) return undefined;
    try {
      return await this.deps.planner.stillAgreed(rotation, planDigest, signal);
    } catch (error) {
      const { code, message } = asRotorError(error);
      if (code !== 'plan_stale') throw error;
      await this.deps.journal.approvals.supersede(id, message);
      throw new RotorError(code, `nothing was started: ${message}`, {
        effect: 'not_applied',
        hint: `Ask again, for what holds now: \`rotor rotate ${rotation}\`.`,
      });
    }
  }

  /** As it is by now, also where nobody has noted yet that its time is over. */
  async #current(id: string): Promise<Approval> {
    const approval = await this.find(id);
    if (approval.state !== 'pending' || this.deps.clock.now() < approval.expiresAt) return approval;
    await this.deps.journal.approvals.expire();
    return this.find(id);
  }

  /** Where it would be refused anyhow, the precondition says nothing: RFC 9110, section 13.2.1. */
  #assertPending(approval: Approval, ifMatch: string | undefined): void {
    if (approval.state !== 'pending') throw ended(approval, approval.id);
    if (ifMatch === undefined || isMatch(ifMatch, this.etagOf(approval))) return;
    throw new RotorError(
      'precondition_failed',
      `${approval.id}, or what a run of ${approval.rotation} does by the config, is no longer as \`If-Match\` has it`,
      {
        effect: 'not_applied',
        approvalId: approval.id,
        hint: 'Look at it again, and decide on what is there.',
      },
    );
  }

  #assertApprover({ rotation }: Approval, { identity: { known, name } }: Caller): void {
    const { approvers = [] } = this.deps.rotations.approvalNeedOf(rotation) ?? {};
    if (approvers.length === 0 || approvers.includes(known)) return;
    throw new RotorError(
      'not_an_approver',
      `${name} is none of those who may approve ${rotation}: ${approvers.join(', ')}`,
      { effect: 'not_applied', hint: 'One of them decides; the config names them in `approval.approvers`.' },
    );
  }
}

function personIn({ identity: { id, name } }: Caller): Person {
  return { id, name };
}

function isOwn({ requesterId }: Approval, { identity }: Caller): boolean {
  return requesterId === identity.id;
}

function isGrantedBy({ state, deciderId }: Approval, { identity }: Caller): boolean {
  return state === 'granted' && deciderId === identity.id;
}

function isRejectedBy({ state, deciderId }: Approval, { identity }: Caller): boolean {
  return state === 'rejected' && deciderId === identity.id;
}

/** Who has two tokens, or a token and a JWT, under one name is one person. */
function assertOther(approval: Approval, { name, identity: { id, known } }: Caller): void {
  const { id: approvalId, requesterId, requesterKnown, requestedBy } = approval;
  if (requesterId !== id && requesterKnown !== known) return;
  const who =
    requesterId === id
      ? `${name} has asked for ${approvalId}`
      : `${requestedBy} has asked for ${approvalId}, and ${name} has the same name, ${known}`;
  throw new RotorError('own_request', `${who}: somebody else has to approve it`, {
    effect: 'not_applied',
    approvalId,
    hint: `Somebody with the scope approve decides: \`rotor approve ${approvalId}\`. To withdraw it: \`rotor reject ${approvalId} --reason …\`.`,
  });
}

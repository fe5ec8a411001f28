import type { Approval } from '../../journal/approvals.js';
import type { Journal, StartRequest } from '../../journal/journal.js';
import type { Clock } from '../../rotation/clock.js';
import type { Caller } from '../access/caller.js';
import type { Planner } from '../planner.js';
import type { Rotations } from '../rotations.js';
import { approvalNotNeeded } from './need.js';

type Deps = {
  readonly journal: Pick<Journal, 'approvals'>;
  readonly rotations: Rotations;
  readonly planner: Planner;
  readonly clock: Clock;
};

type Wanted = {
  readonly reason: string;
  readonly planId?: string;
  readonly request?: StartRequest;
};

/** Asks for a new token that somebody else has to allow. */
export class Requesting {
  constructor(private readonly deps: Deps) {}

  /**
   * The same `request`, sent again, gets what it got before, whatever the config says by now. Throws `not_found`,
   * `approval_not_needed`, `plan_stale`, `idempotency_key_reused`, and `approval_pending` with the one that is pending.
   */
  async ask(
    name: string,
    { reason, planId, request }: Wanted,
    { identity }: Caller,
    signal: AbortSignal,
  ): Promise<Approval> {
    const { rotations, planner, journal, clock } = this.deps;
    const need = rotations.approvalNeedOf(name);
    const before = request && (await journal.approvals.askedBy(request));
    if (before) return before;
    if (!need) throw approvalNotNeeded(name);
    const plan =
      planId === undefined ? {} : { planId, planDigest: await planner.agreedDigest(name, planId, signal) };
    await journal.approvals.expire();
    return journal.approvals.ask({
      rotation: name,
      trigger: 'manual',
      by: identity,
      reason,
      ...plan,
      expiresAt: clock.now() + need.expiresMs,
      ...(request && { request }),
    });
  }
}

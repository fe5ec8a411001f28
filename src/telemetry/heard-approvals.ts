import { decidedAct, expiredAct, requestedAct, supersededAct } from '../journal/approval-acts.js';
import type { Approvals } from '../journal/approvals.js';
import type { SaidOfApproval } from '../journal/act.js';
import type { Journal, NewRun } from '../journal/journal.js';

type Hear = (act: SaidOfApproval) => void;
type Heard = Pick<Approvals, 'ask' | 'grant' | 'reject' | 'supersede' | 'expire'>;

/** What this process does to approvals, told after it is durable. */
export function heardApprovals(approvals: Approvals, hear: Hear): Heard {
  return {
    ask: async (asked) => {
      const approval = await approvals.ask(asked);
      hear(requestedAct(approval));
      return approval;
    },
    grant: async (id, decision, until) => {
      const approval = await approvals.grant(id, decision, until);
      hear(decidedAct('approval_granted', approval));
      return approval;
    },
    reject: async (id, decision) => {
      const approval = await approvals.reject(id, decision);
      hear(decidedAct('approval_rejected', approval));
      return approval;
    },
    supersede: async (id, why) => {
      await approvals.supersede(id, why);
      await tellEnd(approvals, id, hear);
    },
    expire: async () => {
      const expired = await approvals.expire();
      for (const approval of expired) hear(expiredAct(approval));
      return expired;
    },
  };
}

/** The request that is granted as its run is opened, and those that are worth nothing from then on. */
export function heardOpen(journal: Pick<Journal, 'open' | 'approvals'>, hear: Hear): Journal['open'] {
  const { approvals } = journal;
  return async (asked) => {
    const open = await openBefore(approvals, asked);
    const run = await journal.open(asked);
    const { id: used, granted } = asked.approval ?? {};
    for (const id of open) if (id !== used || granted) await tellEnd(approvals, id, hear);
    return run;
  };
}

/** Of a start without approval of a rotation that needs none nothing is asked. */
async function openBefore(approvals: Approvals, { rotation, mode, trigger, approval }: NewRun) {
  if (mode !== 'rotate' || !(approval ?? trigger.emergency)) return [];
  const { pending, granted } = (await approvals.asked([rotation])).get(rotation) ?? {};
  return [pending, granted].flatMap((one) => one?.id ?? []);
}

/** What was done is done, also where it cannot be read again. */
async function tellEnd(approvals: Approvals, id: string, hear: Hear): Promise<void> {
  const approval = await approvals.find(id).catch(() => undefined);
  if (approval?.state === 'granted') hear(decidedAct('approval_granted', approval));
  if (approval?.state === 'superseded') hear(supersededAct(approval));
}

import type { Approval, NewApproval } from '../../src/journal/approvals.js';
import type { Journal, NewRun } from '../../src/journal/journal.js';
import type { Subscribed } from '../../src/journal/notifications.js';
import type { Run } from '../../src/rotation/run.js';
import type { VirtualClock } from '../fakes/virtual-clock.js';
import { aRun, refused } from './journal.contract.js';

const HOUR = 60 * 60_000;

export const ada = { id: 'token ada', name: 'ada' };
export const grace = { id: 'token grace', name: 'grace' };
export const linus = { id: 'token linus', name: 'linus' };
export const heard: Subscribed = () => [{ notifier: 'ops', source: 'urn:rotor:test' }];

/** What people and the schedule do in a journal that `now` has; `grantedRun` is by grace, `ask` by ada. */
export function approvalSteps(now: () => { readonly journal: Journal; readonly clock: VirtualClock }) {
  return {
    ask: async (over: Partial<NewApproval> = {}): Promise<Approval> =>
      now().journal.approvals.ask({
        rotation: 'checkout',
        trigger: 'manual',
        by: ada,
        reason: 'leak',
        expiresAt: now().clock.now() + 4 * HOUR,
        ...over,
      }),
    grantedRun: async ({ id }: Approval, over: Partial<NewRun> = {}): Promise<Run> =>
      now().journal.open(aRun({ approval: { id, granted: { by: grace, comment: 'seen it' } }, ...over })),
    stateOf: async ({ id }: Approval) => (await now().journal.approvals.find(id))?.state,
    endRun: async (): Promise<void> => {
      const claim = await now().journal.claim();
      if (!claim) throw new Error('nothing was claimed');
      await now().journal.append(claim, { state: refused });
    },
    told: async () =>
      (await now().journal.notifications.list({ limit: 100 })).toReversed().map((one) => one.name),
    acts: async () => {
      const lines = [];
      for await (const { run, what } of now().journal.exportAudit()) if (run === null) lines.push(what);
      return lines;
    },
  };
}

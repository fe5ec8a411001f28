import type { Act } from '../journal/act.js';
import type { Change, Claim, Journal } from '../journal/journal.js';
import type { Run } from '../rotation/run.js';
import { heardApprovals, heardOpen } from './heard-approvals.js';

/** Told what was written, after it is durable. */
export type JournalListener = {
  changed?(run: Run, change: Change, claim: Claim): void;
  /** Another worker may have the run from now on. */
  released?(claim: Claim): void;
  acted?(act: Act): void;
};

/** The journal, to which somebody listens. */
export function heard(journal: Journal, listeners: readonly JournalListener[]): Journal {
  const acted = (act: Act): void => {
    for (const listener of listeners) listener.acted?.(act);
  };
  return inPlaceOf(journal, {
    append: async (claim, change, mayAppend) => {
      const run = await journal.append(claim, change, mayAppend);
      for (const listener of listeners) listener.changed?.(run, change, claim);
      return run;
    },
    release: async (claim) => {
      await journal.release(claim);
      for (const listener of listeners) listener.released?.(claim);
    },
    act: async (act) => {
      await journal.act(act);
      acted(act);
    },
    actOnce: async (act, request) => {
      const isDone = await journal.actOnce(act, request);
      if (act && isDone) acted(act);
      return isDone;
    },
    open: heardOpen(journal, acted),
    approvals: inPlaceOf(journal.approvals, heardApprovals(journal.approvals, acted)),
  });
}

/** With these members in place of its own. */
function inPlaceOf<T extends object>(whole: T, told: Partial<T>): T {
  return new Proxy(whole, {
    get(target, name) {
      const own: unknown = Reflect.get(told, name);
      if (own !== undefined) return own;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}

import type { Change, Journal } from '../../src/journal/journal.js';
import type { Target } from '../../src/targets/target.js';
import type { Life } from './life.js';

/** The journal as one process has it: it goes away with the process. `onError` hears what a call fails with. */
export function mortalJournal(journal: Journal, life: Life, onError: (error: unknown) => void): Journal {
  return new Proxy(journal, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      const bound = member.bind(target) as (...args: unknown[]) => Promise<unknown>;
      const call = async (...args: unknown[]): Promise<unknown> =>
        bound(...args).catch((error: unknown) => {
          onError(error);
          throw error;
        });
      return async (...args: unknown[]) => {
        if (name === 'append') {
          const effect = { name: `journal ${changeIn(args[1] as Change)}`, writes: true };
          return life.effect(effect, async () => call(...args));
        }
        return life.contact(async () => call(...args));
      };
    },
  });
}

export function mortalTarget(target: Target, name: string, life: Life): Target {
  const effect = { name: `target ${name} deliver`, writes: true };
  return {
    preflight: async (signal) => life.contact(async () => target.preflight(signal)),
    deliver: async (token, signal) => life.effect(effect, async () => target.deliver(token, signal)),
    observe: async (expected, signal) => life.contact(async () => target.observe(expected, signal)),
  };
}

/** For the names of effects: the state that is entered, or what else the entry says. */
function changeIn({ state, ...rest }: Change): string {
  return state ? state.state : Object.keys(rest).join(' ');
}

import type { Change, Journal } from '../../src/journal/journal.js';
import type { Callbacks } from '../../src/targets/webhook/callbacks.js';
import type { Target } from '../../src/targets/target.js';
import type { Life } from './life.js';

type Listener = {
  /** What a call fails with. */
  failed(error: unknown): void;
  /** What is written, as soon as it is. */
  wrote(change: Change): void;
};

/** The journal as one process has it: it goes away with the process. */
export function mortalJournal(journal: Journal, life: Life, listener: Listener): Journal {
  const callbacks = mortalCallbacks(journal.callbacks, life);
  return new Proxy(journal, {
    get: (target, name) => {
      if (name === 'callbacks') return callbacks;
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      const bound = member.bind(target) as (...args: unknown[]) => Promise<unknown>;
      const call = async (...args: unknown[]): Promise<unknown> =>
        bound(...args).catch((error: unknown) => {
          listener.failed(error);
          throw error;
        });
      return async (...args: unknown[]) => {
        if (name === 'append') {
          const change = args[1] as Change;
          const effect = { name: `journal ${changeIn(change)}`, writes: true, isFenced: true };
          return life.effect(effect, async () => {
            const written = await call(...args);
            listener.wrote(change);
            return written;
          });
        }
        return life.contact(async () => call(...args));
      };
    },
  });
}

function mortalCallbacks(callbacks: Callbacks, life: Life): Callbacks {
  const effect = async <T>(name: string, call: () => Promise<T>): Promise<T> =>
    life.effect({ name: `journal callback ${name}`, writes: true }, call);
  return {
    offer: async (offer, hash) => effect('offered', async () => callbacks.offer(offer, hash)),
    sent: async (delivery) => effect('sent', async () => callbacks.sent(delivery)),
    confirm: async (...said) => effect('confirmed', async () => callbacks.confirm(...said)),
    heard: async (target) => life.contact(async () => callbacks.heard(target)),
    isKnown: async (...asked) => life.contact(async () => callbacks.isKnown(...asked)),
  };
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

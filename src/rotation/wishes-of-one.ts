import type { Journal } from '../journal/journal.js';
import { whoOf } from './asking.js';
import { whyNot, type DeliveryWish } from './asking-deliveries.js';
import type { Clock } from './clock.js';
import { acknowledged, again, isOver, skipped, type Delivery } from './delivery.js';
import { asRotorError } from './errors.js';
import type { Answer, Ledger, LedgerChange } from './ledger.js';
import type { Look } from './look.js';
import { targetOf, type Ports } from './ports.js';
import { whyNotResumed } from './resuming.js';
import type { Asked, Run, Word } from './run.js';
import { Stop } from './stop.js';

/** So long a person waits for the answer. */
const LOOK_MS = 30_000;

type Deps = {
  readonly run: Run;
  readonly journal: Journal;
  readonly ports: Ports;
  readonly look: Look;
  readonly clock: Clock;
  readonly ledger: Pick<Ledger, 'find'>;
};

/** What a person asks of one delivery of a run while they go on. */
export class WishesOfOne {
  constructor(private readonly deps: Deps) {}

  leftOut(asked: Asked): LedgerChange {
    const delivery = this.#find(asked);
    const why = whyNot(this.deps.run, 'skip', delivery);
    if (why !== undefined) return { note: declined(asked, 'is not left out', why) };
    const who = whoOf(asked);
    const detail = `left out by ${who}: ${asked.reason}${stateOf(delivery)}`;
    const note = `${who} left ${delivery.target} out of this run: ${asked.reason}`;
    return { deliveries: [skipped(delivery, detail, this.#word(asked))], note };
  }

  /** One that was over may have been so for days: the token that it would be brought has to be in force still. */
  async again(asked: Asked, signal: AbortSignal): Promise<() => Answer> {
    const { run, clock } = this.deps;
    const wasOver = isOver(this.#find(asked));
    const whyNotNow = wasOver ? await whyNotResumed(run, this.deps, signal) : undefined;
    return () => {
      const delivery = this.#find(asked);
      const why =
        whyNot(run, 'retry', delivery) ??
        whyNotNow ??
        (isOver(delivery) && !wasOver ? `it has become ${delivery.state} meanwhile` : undefined);
      if (why !== undefined) return { note: declined(asked, 'is not tried again', why) };
      const note = `${whoOf(asked)} asked to try ${delivery.target} again now: ${asked.reason}`;
      return { deliveries: [again(delivery, clock.now())], note };
    };
  }

  /** A word counts where nobody can look, and nothing that is seen speaks against it. */
  async acknowledged(asked: Asked, signal: AbortSignal): Promise<() => Answer> {
    const { run, clock } = this.deps;
    const word = this.#word(asked);
    const seen = await this.#seen(this.#find(asked), word, signal);
    return () => {
      const delivery = this.#find(asked);
      const why = whyNot(run, 'ack', delivery) ?? (typeof seen === 'function' ? undefined : seen);
      if (why !== undefined || typeof seen !== 'function')
        return { note: declined(asked, 'does not count as done', why ?? '') };
      const next = seen(delivery, clock.now());
      if (typeof next === 'string') return { note: declined(asked, 'does not count as done', next) };
      const note =
        next.state === 'converged'
          ? `${delivery.target} has the token, as ${whoOf(asked)} said: it was seen`
          : `${whoOf(asked)} says that ${delivery.target} has the token: ${asked.reason}`;
      return { deliveries: [next], note };
    };
  }

  /** What becomes of the delivery; half a sentence where it cannot be seen. */
  async #seen(
    { target, fingerprint }: Delivery,
    word: Word,
    signal: AbortSignal,
  ): Promise<string | ((delivery: Delivery, now: number) => Delivery | string)> {
    using stop = new Stop([signal], LOOK_MS);
    try {
      const named = targetOf(target, this.deps.ports);
      const observation = await named.target.observe(fingerprint, stop.signal);
      return (delivery, now) => acknowledged(delivery, word, observation, now);
    } catch (error) {
      if (signal.aborted) throw error;
      const what = stop.signal.aborted ? `not within ${LOOK_MS / 1_000} s` : asRotorError(error).message;
      return `whether it has the token could not be seen: ${what}`;
    }
  }

  #word({ reason, by }: Asked): Word {
    return { reason, ...(by !== undefined && { by }), at: this.deps.clock.now() };
  }

  #find({ target = '' }: Asked): Delivery {
    return this.deps.ledger.find(target);
  }
}

const ASKED: Readonly<Record<DeliveryWish, string>> = {
  retry: 'asked for it',
  ack: 'said that it has the token',
  skip: 'asked for it',
};

function declined(asked: Asked, isNot: string, why: string): string {
  return `${asked.target} ${isNot}, although ${whoOf(asked)} ${ASKED[asked.what as DeliveryWish]}: ${why}`;
}

/** What is known of one that is left out half-way. */
function stateOf({ state, problem, deliveredAt }: Delivery): string {
  if (problem) return `; before that: ${problem.detail}`;
  if (deliveredAt !== undefined) return '; the token was handed over, and not seen there';
  return state === 'delivering' ? '; a try was under way' : '';
}

import type { Journal } from '../journal/journal.js';
import { whoOf } from './asking.js';
import type { Clock } from './clock.js';
import { skipped } from './delivery.js';
import type { Answer, Ledger, LedgerChange } from './ledger.js';
import type { Look } from './look.js';
import type { Ports } from './ports.js';
import { failedSince, whyNotResumed } from './resuming.js';
import type { Asked, Run } from './run.js';
import { Stop } from './stop.js';
import { untilRun } from './until-run.js';
import { WishesOfOne } from './wishes-of-one.js';

export type WishesDeps = {
  readonly run: Run;
  readonly journal: Journal;
  readonly ports: Ports;
  readonly look: Look;
  readonly clock: Clock;
  readonly ledger: Ledger;
  /** Ends the try that is under way for this target, where there is one: nothing of it is written any more. */
  readonly leave: (target: string) => void;
};

/** What a person asks of a run while its deliveries go on: to hold those that have not begun, to let them go, to skip them. */
export class Wishes {
  /** Who asked for what, and was left for somebody who asked to stop; half a sentence. */
  #left: string | undefined;
  readonly #ofOne: WishesOfOne;

  constructor(private readonly deps: WishesDeps) {
    this.#ofOne = new WishesOfOne(deps);
  }

  /** Until the signal aborts; throws what the journal throws. */
  async hear(signal: AbortSignal, onAnswered: () => void): Promise<void> {
    const { journal, run } = this.deps;
    while (!signal.aborted) {
      const heard = await untilRun(journal, run.id, (now) => now?.asked !== undefined, signal);
      if (!heard?.asked) return;
      await this.answer(heard.asked, signal);
      onAnswered();
    }
  }

  /** What is said is made up in the moment of writing: no failure comes between the two. */
  async answer(asked: Asked, signal: AbortSignal): Promise<void> {
    const { ledger } = this.deps;
    if (!needsLook(asked)) {
      const { deliveries, ...rest } = this.#answerTo(asked);
      this.#leaveAll(deliveries);
      await ledger.save({ asked: null, ...rest, ...(deliveries && { deliveries }) });
      this.#left = undefined;
      return;
    }
    const say = await this.#look(asked, signal);
    const said = say?.();
    this.#leaveAll(said?.deliveries);
    const isAnswered = said !== undefined && (await ledger.answer(asked, said));
    // What has become of a delivery is written all the same, with its note.
    if (!isAnswered && !said?.deliveries?.length) this.#left = askedFor(asked);
  }

  #leaveAll(deliveries: LedgerChange['deliveries'] = []): void {
    for (const { target } of deliveries) this.deps.leave(target);
  }

  #answerTo(asked: Asked): LedgerChange {
    const { clock, ledger } = this.deps;
    const { what, reason, by } = asked;
    const who = whoOf(asked);
    const instead = this.#left === undefined ? '' : `; ${this.#left}, which was not done`;
    switch (what) {
      case 'pause': {
        const { since = clock.now() } = ledger.paused ?? {};
        const said = ledger.paused
          ? `the deliveries stay paused, for ${who}`
          : `${who} paused the deliveries`;
        const paused = { since, reason, ...(by !== undefined && { by }) };
        return { paused, note: `${said}: ${reason}${instead}` };
      }
      case 'cancel': {
        const why = `not begun, because ${who} stopped the deliveries`;
        const deliveries = ledger.notBegun().map((one) => skipped(one, why));
        return { paused: null, deliveries, note: `${who} stopped the deliveries: ${reason}${instead}` };
      }
      case 'skip':
        return this.#ofOne.leftOut(asked);
      case 'resume':
      case 'ack':
      case 'retry':
      case 'adopt':
      case 'rollback':
      case 'reset_again':
        return { note: 'what a person asked was not done: the token is current by now' };
    }
  }

  /** Undefined where something else is asked before it has seen enough: who stops deliveries need not wait for it. */
  async #look(asked: Asked, signal: AbortSignal): Promise<(() => Answer) | undefined> {
    const { journal, run } = this.deps;
    using left = new Stop([signal]);
    const isOverruled = (now: Run | undefined): boolean => now?.asked?.what !== asked.what;
    const overruled = untilRun(journal, run.id, isOverruled, left.signal).then(
      () => left.abort(),
      // What the journal fails with, the look or the answer fails with too.
      () => undefined,
    );
    try {
      return await this.#answerAfterLook(asked, left.signal);
    } catch (error) {
      if (signal.aborted || !left.signal.aborted) throw error;
      return undefined;
    } finally {
      left.abort();
      await overruled;
    }
  }

  async #answerAfterLook(asked: Asked, signal: AbortSignal): Promise<() => Answer> {
    if (asked.what === 'ack') return this.#ofOne.acknowledged(asked, signal);
    if (asked.what === 'retry') return this.#ofOne.again(asked, signal);
    return this.#answerToResume(asked, signal);
  }

  async #answerToResume(asked: Asked, signal: AbortSignal): Promise<() => Answer> {
    const { run, journal, ledger } = this.deps;
    const who = whoOf(asked);
    const whyNot = await whyNotResumed(run, this.deps, signal);
    const { onTargetFailure } = run.policy;
    const entries = onTargetFailure === 'pause' ? await journal.entries(run.id) : undefined;
    return () => {
      const why = whyNot ?? (entries && failedSince(entries, ledger.all));
      return why === undefined
        ? { paused: null, note: `${who} resumed the deliveries: ${asked.reason}` }
        : { note: `the deliveries stay paused, although ${who} asked to resume them: ${why}` };
    };
  }
}

function needsLook({ what, target }: Asked): boolean {
  return what === 'resume' || (target !== undefined && (what === 'ack' || what === 'retry'));
}

function askedFor(asked: Asked): string {
  const { what, target } = asked;
  const who = whoOf(asked);
  if (what === 'ack') return `${who} had asked that ${target} counts as done`;
  return what === 'retry'
    ? `${who} had asked that ${target} is tried again`
    : `${who} had asked to resume them`;
}

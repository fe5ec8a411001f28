import type { Journal } from '../journal/journal.js';
import type { Clock } from './clock.js';
import { skipped } from './delivery.js';
import type { Ledger, LedgerChange, ResumeAnswer } from './ledger.js';
import type { Look } from './look.js';
import { failedSince, whyNotResumed } from './resuming.js';
import type { Asked, Run } from './run.js';
import { Stop } from './stop.js';
import { untilRun } from './until-run.js';

export type WishesDeps = {
  readonly run: Run;
  readonly journal: Journal;
  readonly look: Look;
  readonly clock: Clock;
  readonly ledger: Ledger;
};

/** What a person asks of a run while its deliveries go on: to hold those that have not begun, to let them go, to skip them. */
export class Wishes {
  /** Who asked to resume, and was left for somebody who asked to stop. */
  #left: string | undefined;

  constructor(private readonly deps: WishesDeps) {}

  /** Until the signal aborts; throws what the journal throws. */
  async hear(signal: AbortSignal, onAnswered: () => void): Promise<void> {
    const { journal, run } = this.deps;
    while (!signal.aborted) {
      const heard = await untilRun(journal, run.id, (now) => now?.asked !== undefined, signal);
      if (!heard?.asked) return;
      await this.#answer(heard.asked, signal);
      onAnswered();
    }
  }

  /** What is said is made up in the moment of writing: no failure comes between the two. */
  async #answer(asked: Asked, signal: AbortSignal): Promise<void> {
    const { ledger } = this.deps;
    if (asked.what !== 'resume') {
      await ledger.save({ asked: null, ...this.#answerTo(asked) });
      this.#left = undefined;
      return;
    }
    const say = await this.#look(asked, signal);
    if (!say || !(await ledger.answerResume(say()))) this.#left = whoOf(asked);
  }

  #answerTo(asked: Asked): LedgerChange {
    const { clock, ledger } = this.deps;
    const { what, reason, by } = asked;
    const who = whoOf(asked);
    const instead =
      this.#left === undefined ? '' : `; ${this.#left} had asked to resume them, which was not done`;
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
      case 'resume':
      case 'retry':
      case 'adopt':
      case 'rollback':
      case 'reset_again':
        return { note: 'what a person asked was not done: the token is current by now' };
    }
  }

  /** Undefined where something else is asked before it has seen enough: who stops deliveries need not wait for it. */
  async #look(asked: Asked, signal: AbortSignal): Promise<(() => ResumeAnswer) | undefined> {
    const { journal, run } = this.deps;
    using left = new Stop([signal]);
    const isOverruled = (now: Run | undefined): boolean => now?.asked?.what !== asked.what;
    const overruled = untilRun(journal, run.id, isOverruled, left.signal).then(
      () => left.abort(),
      // What the journal fails with, the look or the answer fails with too.
      () => undefined,
    );
    try {
      return await this.#answerToResume(asked, left.signal);
    } catch (error) {
      if (signal.aborted || !left.signal.aborted) throw error;
      return undefined;
    } finally {
      left.abort();
      await overruled;
    }
  }

  async #answerToResume(asked: Asked, signal: AbortSignal): Promise<() => ResumeAnswer> {
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

function whoOf({ by }: Asked): string {
  return by ?? 'a person';
}

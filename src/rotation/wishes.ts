import type { Journal } from '../journal/journal.js';
import type { Clock } from './clock.js';
import { skipped } from './delivery.js';
import type { Ledger, LedgerChange } from './ledger.js';
import type { Look } from './look.js';
import { failedSince, whyNotResumed } from './resuming.js';
import type { Asked, Run } from './run.js';
import { Stop } from './stop.js';

export type WishesDeps = {
  readonly run: Run;
  readonly journal: Journal;
  readonly look: Look;
  readonly clock: Clock;
  readonly ledger: Ledger;
};

/** What a person asks of a run while its deliveries go on: to hold those that have not begun, to let them go, to skip them. */
export class Wishes {
  constructor(private readonly deps: WishesDeps) {}

  /** Until the signal aborts; throws what the journal throws. Listens before it looks, so that nothing is missed. */
  async hear(signal: AbortSignal, onAnswered: () => void): Promise<void> {
    const { journal, run, ledger } = this.deps;
    while (!signal.aborted) {
      using looked = new Stop([signal]);
      const sign = journal.nextSign(run.id, looked.signal);
      const over = sign.catch(() => undefined);
      try {
        const asked = (await journal.find(run.id))?.asked;
        if (asked) {
          const answer = await this.#answerTo(asked, looked.signal);
          await ledger.save({ asked: null, ...answer() });
          onAnswered();
        } else await sign;
      } finally {
        looked.abort();
        await over;
      }
    }
  }

  /** What it returns says in the moment of writing what is written: no failure comes between the two. */
  async #answerTo({ what, reason, by }: Asked, signal: AbortSignal): Promise<() => LedgerChange> {
    const { clock, ledger } = this.deps;
    const who = by ?? 'a person';
    switch (what) {
      case 'pause':
        return () => {
          const paused = { since: clock.now(), reason, ...(by !== undefined && { by }) };
          return { paused, note: `${who} paused the deliveries: ${reason}` };
        };
      case 'resume':
        return this.#answerToResume({ who, reason }, signal);
      case 'cancel':
        return () => {
          const why = `not begun, because ${who} stopped the deliveries`;
          const deliveries = ledger.notBegun().map((one) => skipped(one, why));
          return { paused: null, deliveries, note: `${who} stopped the deliveries: ${reason}` };
        };
      case 'retry':
      case 'adopt':
      case 'rollback':
      case 'reset_again':
        return () => ({ note: 'what a person asked was not done: the token is current by now' });
    }
  }

  async #answerToResume(
    { who, reason }: { readonly who: string; readonly reason: string },
    signal: AbortSignal,
  ): Promise<() => LedgerChange> {
    const { run, journal, ledger } = this.deps;
    const whyNot = await whyNotResumed(run, this.deps, signal);
    const { onTargetFailure } = run.policy;
    const entries = onTargetFailure === 'pause' ? await journal.entries(run.id) : undefined;
    return () => {
      const why = whyNot ?? (entries && failedSince(entries, ledger.all));
      return why === undefined
        ? { paused: null, note: `${who} resumed the deliveries: ${reason}` }
        : { note: `the deliveries stay paused, although ${who} asked to resume them: ${why}` };
    };
  }
}

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Change, Claim, Journal } from '../journal/journal.js';
import { hasBegun, isOver, type Delivery } from './delivery.js';
import { RotorError } from './errors.js';
import type { Asked, Paused, Run } from './run.js';

export type LedgerChange = Pick<Change, 'deliveries' | 'paused' | 'asked' | 'note'>;
/** `paused` is null where the deliveries go on, absent where they stay as they are. */
export type Answer = {
  readonly paused?: null;
  readonly deliveries?: readonly Delivery[];
  readonly note: string;
};

/** `before` is the pause that it may end. */
type Answering = {
  readonly asked: Asked;
  readonly said: Pick<LedgerChange, 'paused' | 'note'>;
  readonly before: Paused | undefined;
  isWritten: boolean;
};

/** What is known of every delivery of one run, and the one place that writes it. */
export class Ledger {
  readonly #deliveries: Map<string, Delivery>;
  #paused: Paused | undefined;
  /** One entry at a time, so that they stand in the order in which things happened. */
  #writing: Promise<unknown> = Promise.resolve();
  /** Waits for the one that is being written, and takes along whatever changes until it begins itself. */
  #next: Promise<unknown> | undefined;
  #changed = new Set<string>();
  #rest: Omit<LedgerChange, 'deliveries'> = {};
  #answer: Answering | undefined;
  /** Until it is known what has become of it; for good where the journal has failed. */
  #isAnswering = false;

  constructor(
    run: Run,
    private readonly claim: Claim,
    private readonly journal: Journal,
  ) {
    this.#deliveries = new Map(run.deliveries.map((delivery) => [delivery.target, delivery]));
    this.#paused = run.paused;
  }

  get all(): readonly Delivery[] {
    return [...this.#deliveries.values()];
  }

  get paused(): Paused | undefined {
    return this.#paused;
  }

  /** Nothing may begin: they are paused, or that they no longer are is not written yet. */
  get isHeld(): boolean {
    return this.#paused !== undefined || this.#isAnswering;
  }

  /** Those whose turn has not come. */
  notBegun(): readonly Delivery[] {
    return this.all.filter((one) => !isOver(one) && !hasBegun(one));
  }

  find(target: string): Delivery {
    const delivery = this.#deliveries.get(target);
    if (!delivery) throw new Error(`the run has no delivery to ${target}`);
    return delivery;
  }

  /** What is not worth an entry, such as a count of instances on its way up: it is written with the next change. */
  keep(delivery: Delivery): void {
    this.#deliveries.set(delivery.target, delivery);
  }

  /** Resolves when it is written; what changes in one moment is one entry. */
  async save({ deliveries = [], ...rest }: LedgerChange): Promise<void> {
    for (const delivery of deliveries) {
      this.keep(delivery);
      this.#changed.add(delivery.target);
    }
    if (rest.paused !== undefined) this.#paused = rest.paused ?? undefined;
    this.#rest = { ...this.#rest, ...rest, ...noteOf(this.#rest, rest) };
    this.#next ??= this.#append();
    await this.#next;
  }

  /**
   * As `save`; false where something else is asked of the run by then: nothing of it is written but what has become of
   * deliveries.
   */
  async answer(asked: Asked, { deliveries = [], note, ...said }: Answer): Promise<boolean> {
    // What has become of a delivery stays true.
    const lasts = deliveries.length > 0;
    const answer = { asked, said: lasts ? said : { ...said, note }, before: this.#paused, isWritten: false };
    this.#answer = answer;
    this.#isAnswering = true;
    // A failure from now on makes a pause of its own.
    if (said.paused === null) this.#paused = undefined;
    await (lasts ? this.save({ deliveries, note }) : (this.#next ??= this.#append()));
    return answer.isWritten;
  }

  async #append(): Promise<void> {
    await this.#writing.catch(() => undefined);
    await nextTurn();
    this.#next = undefined;
    const deliveries = [...this.#changed].map((target) => this.find(target));
    const change = { ...this.#rest, ...(deliveries.length > 0 && { deliveries }) };
    const answer = this.#answer;
    this.#changed = new Set();
    this.#rest = {};
    this.#answer = undefined;
    const entry = answer ? this.#writeWith(answer, change) : this.journal.append(this.claim, change);
    this.#writing = entry;
    await entry;
  }

  async #writeWith(answer: Answering, change: LedgerChange): Promise<void> {
    const { journal, claim } = this;
    const { asked, said, before } = answer;
    const overruled = new RotorError('not_possible', 'something else is asked of the run by now', {
      effect: 'not_applied',
    });
    const mayAppend = ({ asked: now }: Run): void => {
      if (now?.what !== asked.what || now.target !== asked.target) throw overruled;
    };
    try {
      await journal.append(claim, { asked: null, ...said, ...change, ...noteOf(said, change) }, mayAppend);
      answer.isWritten = true;
    } catch (error) {
      if (error !== overruled) throw error;
      this.#paused ??= before;
      if (Object.keys(change).length > 0) await journal.append(claim, change);
    }
    this.#isAnswering = false;
  }
}

/** Of both, where one of them has one. */
function noteOf(...changes: readonly Pick<LedgerChange, 'note'>[]): Pick<LedgerChange, 'note'> {
  const notes = changes.flatMap(({ note }) => note ?? []);
  return notes.length > 0 ? { note: notes.join(' ') } : {};
}

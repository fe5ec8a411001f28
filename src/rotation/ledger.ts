import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Change, Claim, Journal } from '../journal/journal.js';
import { hasBegun, isOver, type Delivery } from './delivery.js';
import type { Paused, Run } from './run.js';

export type LedgerChange = Pick<Change, 'deliveries' | 'paused' | 'asked' | 'note'>;

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
    const notes = [this.#rest.note, rest.note].filter((note) => note !== undefined);
    this.#rest = { ...this.#rest, ...rest, ...(notes.length > 0 && { note: notes.join(' ') }) };
    this.#next ??= this.#append();
    await this.#next;
  }

  async #append(): Promise<void> {
    await this.#writing.catch(() => undefined);
    await nextTurn();
    this.#next = undefined;
    const deliveries = [...this.#changed].map((target) => this.find(target));
    const change = { ...this.#rest, ...(deliveries.length > 0 && { deliveries }) };
    this.#changed = new Set();
    this.#rest = {};
    const entry = this.journal.append(this.claim, change);
    this.#writing = entry;
    await entry;
  }
}

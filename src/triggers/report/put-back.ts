import { replacedIn } from '../../rotation/replaced.js';
import { leftBy, type Millis, type Run } from '../../rotation/run.js';

type PutBack = {
  readonly fingerprint: string;
  readonly replacedAt: string;
  readonly replacedBy: string;
  readonly from: string;
  readonly foundBy: string;
  readonly to: string | null;
  readonly settledBy: string | null;
};

/** More of them would not tell more. */
const MOST_NAMED = 20;

/** Tokens that had been replaced and were in force again, of one rotation: its runs are told to it as they settle. */
export class PutBacks {
  #count = 0;
  readonly #named: PutBack[] = [];
  #open: PutBack | undefined;

  /** `at`: when the token of the run became current. */
  settled(run: Run, at: Millis): void {
    const fingerprint = leftBy(run)?.fingerprint;
    const replaced = replacedIn(run);
    if (replaced && this.#open?.fingerprint === fingerprint) return;
    this.#end(run, at);
    if (!replaced || fingerprint === undefined) return;
    const { back } = replaced;
    this.#count += 1;
    this.#open = {
      fingerprint,
      replacedAt: iso(replaced.at),
      replacedBy: replaced.by,
      from: iso(back?.at ?? at),
      foundBy: back?.by ?? run.id,
      to: null,
      settledBy: null,
    };
  }

  told() {
    return {
      count: this.#count,
      tokens: [...this.#named, ...(this.#open ? [this.#open] : [])].slice(-MOST_NAMED),
    };
  }

  #end({ id }: Run, at: Millis): void {
    if (this.#open) this.#named.push({ ...this.#open, to: iso(at), settledBy: id });
    if (this.#named.length > MOST_NAMED) this.#named.shift();
    this.#open = undefined;
  }
}

function iso(at: Millis): string {
  return new Date(at).toISOString();
}

import { iso } from '../../events/iso.js';
import { replacedIn } from '../../rotation/replaced.js';
import { leftBy, type Millis, type Run, type RunMode } from '../../rotation/run.js';

type PutBack = {
  readonly fingerprint: string;
  readonly replacedAt: string;
  readonly replacedBy: string;
  readonly from: string;
  readonly foundBy: string;
  readonly to: string | null;
  readonly settledBy: string | null;
  readonly settledMode: RunMode | null;
};

/** More of them would not tell more. */
const MOST_NAMED = 20;

/** Tokens that had been replaced and were in force again, of one rotation: its runs are told to it as they settle. */
export class PutBacks {
  #count = 0;
  readonly #named: PutBack[] = [];
  /** By resource: where the config leads elsewhere, the token of this one stays in force. */
  readonly #open = new Map<string | undefined, PutBack>();

  /** `at`: when the token of the run became current. */
  settled(run: Run, at: Millis): void {
    const fingerprint = leftBy(run)?.fingerprint;
    const replaced = replacedIn(run);
    const resource = run.resource?.key;
    // Also where the run does not say so: a Rotor that knows less may have delivered it again.
    if (this.#open.get(resource)?.fingerprint === fingerprint) return;
    this.#end(run, at);
    if (!replaced || fingerprint === undefined) return;
    const { back } = replaced;
    this.#count += 1;
    this.#open.set(resource, {
      fingerprint,
      replacedAt: iso(replaced.at),
      replacedBy: replaced.by,
      from: iso(back?.at ?? at),
      foundBy: back?.by ?? run.id,
      to: null,
      settledBy: null,
      settledMode: null,
    });
  }

  told() {
    return {
      count: this.#count,
      tokens: [...this.#named, ...this.#open.values()].slice(-MOST_NAMED),
    };
  }

  #end({ id, mode, resource }: Run, at: Millis): void {
    const open = this.#open.get(resource?.key);
    if (!open) return;
    this.#named.push({ ...open, to: iso(at), settledBy: id, settledMode: mode });
    if (this.#named.length > MOST_NAMED) this.#named.shift();
    this.#open.delete(resource?.key);
  }
}

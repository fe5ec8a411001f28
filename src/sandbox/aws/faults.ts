import type { AwsFailure } from './failure.js';

export type AwsFault =
  | { readonly effect: 'error'; readonly failure: AwsFailure }
  /** The operation runs, then the connection breaks instead of an answer. */
  | { readonly effect: 'lost' }
  /** The connection breaks before the operation runs. */
  | { readonly effect: 'cut' }
  /** The connection stays open, the operation does not run, and nothing ever comes. */
  | { readonly effect: 'silence' }
  /** Something else happens first, such as what somebody else asks for at the same time. */
  | { readonly effect: 'meanwhile'; readonly happens: () => void }
  /** The operation runs, and an answer comes that is not AWS's, as from a broken proxy. */
  | { readonly effect: 'garbled' };

type Planned = { readonly fault: AwsFault; left: number; toSkip: number };

/** What can go wrong with a service of AWS, for a test or a demonstration to choose. */
export class AwsFaults {
  readonly #planned = new Map<string, Planned[]>();
  readonly #hits = new Map<string, number>();

  /** Applies to the next `times` requests of the operation (default 1), after `skip` that pass unharmed. */
  inject(
    operation: string,
    fault: AwsFault,
    times = 1,
    skip = 0,
  ): { /** Requests that met a fault. */ hits(): number } {
    this.#planned.set(operation, [
      ...(this.#planned.get(operation) ?? []),
      { fault, left: times, toSkip: skip },
    ]);
    return { hits: () => this.#hits.get(operation) ?? 0 };
  }

  take(operation: string): AwsFault | undefined {
    const [next, ...rest] = this.#planned.get(operation) ?? [];
    if (next === undefined) return undefined;
    if (next.toSkip > 0) {
      next.toSkip -= 1;
      return undefined;
    }
    next.left -= 1;
    if (next.left <= 0) this.#planned.set(operation, rest);
    this.#hits.set(operation, (this.#hits.get(operation) ?? 0) + 1);
    return next.fault;
  }

  clear(): void {
    this.#planned.clear();
  }
}

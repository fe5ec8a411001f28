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

export type InjectedFault = { /** Requests that it was applied to. */ hits(): number };

type Planned<Fault> = { readonly fault: Fault; left: number; toSkip: number; hits: number };

/** What goes wrong with which requests of a service, for a test or a demonstration to choose. */
export class FaultPlan<Operation extends string, Fault> {
  readonly #planned = new Map<Operation, Planned<Fault>[]>();

  /**
   * Applies to the next `times` requests of the operation (default 1), after `skip` that pass unharmed; several apply
   * one after the other.
   */
  inject(operation: Operation, fault: Fault, times = 1, skip = 0): InjectedFault {
    const planned = { fault, left: times, toSkip: skip, hits: 0 };
    this.#planned.set(operation, [...(this.#planned.get(operation) ?? []), planned]);
    return { hits: () => planned.hits };
  }

  take(operation: Operation): Fault | undefined {
    const queue = this.#planned.get(operation) ?? [];
    const [next] = queue;
    if (next === undefined) return undefined;
    if (next.toSkip > 0) {
      next.toSkip -= 1;
      return undefined;
    }
    next.left -= 1;
    next.hits += 1;
    if (next.left <= 0) queue.shift();
    return next.fault;
  }

  clear(): void {
    this.#planned.clear();
  }
}

export type AwsFaults = FaultPlan<string, AwsFault>;

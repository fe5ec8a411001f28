import type { AwsErrorType } from './aws-error.js';
import type { Lag } from './lag.js';
import type { OperationName } from './operations.js';
import type { Replication } from './replicas.js';

export type Fault =
  | { readonly effect: 'error'; readonly type: AwsErrorType; readonly message?: string }
  /** The operation runs, then the connection breaks instead of an answer. */
  | { readonly effect: 'lost' }
  /** The connection breaks before the operation runs. */
  | { readonly effect: 'cut' }
  /** The operation runs this much later, whether or not anybody still waits for its answer. */
  | { readonly effect: 'delay'; readonly ms: number }
  /** The operation runs at once, and its answer comes this much later. */
  | { readonly effect: 'answer-late'; readonly ms: number }
  /** The connection stays open, the operation does not run, and nothing ever comes. */
  | { readonly effect: 'silence' }
  /** The operation runs; the head comes at once and the body piece by piece over this time. */
  | { readonly effect: 'slow-body'; readonly ms: number }
  /** The operation runs; half of the body comes, then the connection breaks. */
  | { readonly effect: 'truncated' }
  /** The operation runs, and an empty object comes back. */
  | { readonly effect: 'wrong-schema' }
  /** The operation runs, and a body that is not JSON comes back with the value in it, as a broken proxy might. */
  | { readonly effect: 'garbled' };

export type BeforeHandling = (operation: OperationName, secretId: string | undefined) => Promise<void>;

export type InjectedFault = { /** Requests that it was applied to. */ hits(): number };

/** What can go wrong, for a test or a demonstration to choose. */
export type Faults = {
  /**
   * Applies to the next `times` requests of the operation (default 1), after `skip` that pass unharmed; several apply one after
   * the other.
   */
  inject(operation: OperationName, fault: Fault, times?: number, skip?: number): InjectedFault;
  /** From the next write on; undefined: every read shows every write. */
  lag(lag: Lag | undefined): void;
  /** From now on, for the changes that are under way as well; undefined: each replica has every change at once. */
  replication(replication: Replication | undefined): void;
  /** Awaited after the request is authenticated and before it has any effect. */
  beforeHandling(hook: BeforeHandling | undefined): void;
  /** Takes all of the above back, also a lag that has begun. */
  clear(): void;
};

type Planned = { readonly fault: Fault; left: number; toSkip: number; hits: number };

export class FaultPlan {
  readonly #planned = new Map<OperationName, Planned[]>();
  beforeHandling: BeforeHandling | undefined;

  inject(operation: OperationName, fault: Fault, times = 1, skip = 0): InjectedFault {
    const planned: Planned = { fault, left: times, toSkip: skip, hits: 0 };
    this.#planned.set(operation, [...(this.#planned.get(operation) ?? []), planned]);
    return { hits: () => planned.hits };
  }

  take(operation: OperationName): Fault | undefined {
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
    this.beforeHandling = undefined;
  }
}

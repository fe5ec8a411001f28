import type { AwsErrorType } from './aws-error.js';
import type { Lag } from './lag.js';
import type { OperationName } from './operations.js';

export type Fault =
  | { readonly effect: 'error'; readonly type: AwsErrorType; readonly message?: string }
  /** The operation runs, then the connection breaks instead of an answer. */
  | { readonly effect: 'lost' }
  /** The connection breaks before the operation runs. */
  | { readonly effect: 'cut' }
  | { readonly effect: 'delay'; readonly ms: number }
  /** The operation runs, and a body that is not JSON comes back with the value in it, as a broken proxy might. */
  | { readonly effect: 'garbled' };

export type BeforeHandling = (operation: OperationName, secretId: string | undefined) => Promise<void>;

/** What can go wrong, for a test or a demonstration to choose. */
export type Faults = {
  /** Applies to the next `times` requests of the operation (default 1); several apply one after the other. */
  inject(operation: OperationName, fault: Fault, times?: number): void;
  /** From the next write on; undefined: every read shows every write. */
  lag(lag: Lag | undefined): void;
  /** Awaited after the request is authenticated and before it has any effect. */
  beforeHandling(hook: BeforeHandling | undefined): void;
  /** Takes all of the above back, also a lag that has begun. */
  clear(): void;
};

export class FaultPlan {
  readonly #faults = new Map<OperationName, { fault: Fault; times: number }[]>();
  beforeHandling: BeforeHandling | undefined;

  inject(operation: OperationName, fault: Fault, times = 1): void {
    this.#faults.set(operation, [...(this.#faults.get(operation) ?? []), { fault, times }]);
  }

  take(operation: OperationName): Fault | undefined {
    const queue = this.#faults.get(operation) ?? [];
    const next = queue[0];
    if (next === undefined) return undefined;
    next.times -= 1;
    if (next.times <= 0) queue.shift();
    return next.fault;
  }

  clear(): void {
    this.#faults.clear();
    this.beforeHandling = undefined;
  }
}

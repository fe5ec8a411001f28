import type { FaultPlan } from '../aws/faults.js';
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

export type SecretFaults = FaultPlan<OperationName, Fault>;

/** What can go wrong, for a test or a demonstration to choose. */
export type Faults = {
  readonly inject: SecretFaults['inject'];
  /** From the next write on; undefined: every read shows every write. */
  lag(lag: Lag | undefined): void;
  /** From now on, for the changes that are under way as well; undefined: each replica has every change at once. */
  replication(replication: Replication | undefined): void;
  /** Awaited after the request is authenticated and before it has any effect. */
  beforeHandling(hook: BeforeHandling | undefined): void;
  /** Takes all of the above back, also a lag that has begun. */
  clear(): void;
};

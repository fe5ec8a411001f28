import type { Agent } from 'node:https';
import type { Fingerprint } from '../../src/rotation/secret.js';
import type { AwsServiceOptions } from '../../src/sandbox/aws/service.js';
import type { Callbacks } from '../../src/targets/webhook/callbacks.js';
import type { Target } from '../../src/targets/target.js';

/** What a process of the service has to deliver with. */
export type Means = {
  readonly agent: Agent;
  readonly callbacks: Callbacks;
  /** Id of the run that it works on. */
  readonly run: string;
};

/** What runs with the token, behind a target of its kind. */
export type Downstream = {
  /** As a process has it. */
  target(means: Means): Target;
  /** What its instances run with. */
  runningWith(): Promise<readonly (Fingerprint | undefined)[]>;
  /** Since the world began. */
  restarts(): number;
  /** Whether something works there that needs no virtual time. */
  isBusy(): boolean;
  close(): Promise<void>;
};

export type DownstreamOptions = Omit<AwsServiceOptions, 'ledger'> &
  Pick<Required<AwsServiceOptions>, 'ledger' | 'network'> & {
    readonly region: string;
    readonly secretId: string;
    /** What is current in the store. */
    readonly current: () => string | undefined;
    /** What is downstream connects with it. */
    readonly agent: Agent;
    /** Where the service is reached. */
    readonly serviceUrl: string;
  };

export const NAME = 'web';
/** Of a restart. */
export const STEP_MS = 5_000;
export const READY = { readyTimeoutMs: 600_000 };
export const INSTANCES = 2;

import type { Fingerprint } from '../rotation/secret.js';
import type { KibanaHandle } from './kibana/index.js';
import type { ApmServerMode, ResourceKind } from './options.js';

/** What tests and demonstrations do to a deployment behind the API's back, and the truth about it. */
export type DeploymentHandle = {
  readonly id: string;
  readonly name: string;
  readonly refId: string;
  readonly resourceId: string;
  readonly kind: ResourceKind;
  readonly mode: ApmServerMode;
  readonly apmUrl: string;
  readonly kibana: KibanaHandle;
  /** Of the Fleet policy where APM is managed, else of the plan in force. Instances may be behind it: see `acceptedFingerprints`. */
  currentToken(): string;
  pendingToken(): string | undefined;
  acceptedFingerprints(): { readonly instance: string; readonly fingerprint: Fingerprint | 'any' }[];
  /** Someone resets the token in the console. Throws while a plan is pending, as nobody could. */
  resetByColleague(): void;
  /** The next plan that starts will fail, and leave the current one in force. */
  failNextPlan(): void;
  /** Plans stay pending until released, the one that is pending now included. */
  holdPlanPending(): void;
  releasePlan(): void;
  /** A standalone APM Server comes to be managed by Elastic Agent; it keeps its token, in a Fleet policy from then on. */
  switchToManaged(): void;
  /** Instances let anyone in from now on, as with neither a token nor API keys configured. */
  openAuthentication(): void;
  /** That instance never loads another token. */
  pinInstance(index: number): void;
  /** Somebody restarts that instance: it starts with the token in force, and stays pinned where it was. */
  restartInstance(index: number): void;
  /** Shuts the resource down: it stays in the API, without service URLs, and serves nobody. */
  stop(): void;
  /** It is gone from the API, and serves nobody, its Kibana included. */
  delete(): void;
};

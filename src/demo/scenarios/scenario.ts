import type { FleetTarget } from '../../sandbox/agents/index.js';
import type { LedgerKind } from '../../sandbox/ledger.js';
import type { Sandbox } from '../../sandbox/sandbox.js';
import type { SecretsManager } from '../../sandbox/secrets-manager/index.js';
import type { Daemon } from '../daemon.js';

/** What a scenario may reach for: the world, never the service's insides. */
export type Stage = {
  readonly sandbox: Sandbox;
  readonly secrets: SecretsManager;
  readonly daemon: Daemon;
  readonly secretId: string;
  readonly targets: readonly FleetTarget[];
  /** The token in force before the run. */
  readonly tokenBefore: string;
};

/** Where the token is set in the demonstration: for a standalone APM Server, or for one that Elastic Agent manages. */
export type DemoIssuer = 'elastic-cloud' | 'fleet';

export type Scenario = {
  readonly name: string;
  /** What goes wrong, for people. */
  readonly says: string;
  /** Default `elastic-cloud`. */
  readonly issuer?: DemoIssuer;
  /** Parts of the config that differ from the working one. */
  readonly config?: {
    readonly deployment?: string;
    readonly issuer?: string;
    readonly space?: string;
    readonly brokenReload?: boolean;
    /** The keys are of no use: for the cloud, or for Kibana where the issuer is Fleet. */
    readonly wrongKey?: boolean;
  };
  /** Arranged before the run starts; what it begins goes on beside the run. */
  readonly arrange?: (stage: Stage) => void | Promise<void>;
  /** Happens once the run has succeeded; the run that the watch then begins is shown too. */
  readonly afterwards?: (stage: Stage) => void | Promise<void>;
};

export const DEPLOYMENT = 'checkout-prod';
export const MANAGED_DEPLOYMENT = 'search-prod';

/** At the first such entry of the ledger. Where it never comes, because the run ended in another way, neither does this. */
export function when({ ledger }: Sandbox, kind: LedgerKind, act: () => void): void {
  ledger
    .waitFor((entry) => entry.kind === kind)
    .then(act)
    // Seen in the ledger, and in the exit of whoever counts its defects.
    .catch((error: unknown) => void ledger.append({ kind: 'sandbox.defect', operation: 'scenario', error }));
}

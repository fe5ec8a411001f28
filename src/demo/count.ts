import type { EntryOf, Ledger } from '../sandbox/ledger.js';
import type { SecretsManager } from '../sandbox/secrets-manager/index.js';
import type { DeploymentHandle } from '../sandbox/deployment-handle.js';
import { fingerprintOf } from '../rotation/secret.js';
import { SECRET_ID } from './config.js';

export type Events = { readonly sent: number; readonly accepted: number; readonly lost: number };

/** Counted where they arrive: what the APM Server took, against what the agents say that they made. */
export function countEvents(sent: number, ledger: Ledger): Events {
  const accepted = ledger
    .of('apm.request')
    .reduce((sum: number, request: EntryOf<'apm.request'>) => sum + transactionsIn(request), 0);
  return { sent, accepted, lost: sent - accepted };
}

export type Holding = {
  /** Every token that an instance of the APM Server accepts is readable in the secret. */
  readonly acceptedIsStored: boolean;
  /** The current version of the secret is what every instance accepts. */
  readonly acceptedIsCurrent: boolean;
  /** How many tokens are accepted by one instance or another. */
  readonly accepted: number;
};

/** The truth of the world, asked of no one but the world. An instance that accepts anything has no token to lose. */
export function whatHolds(
  deployment: DeploymentHandle,
  secrets: SecretsManager,
  secretId = SECRET_ID,
): Holding {
  const accepted = deployment.acceptedFingerprints().map(({ fingerprint }) => fingerprint);
  const tokens = accepted.includes('any') ? [fingerprintOf(deployment.currentToken())] : accepted;
  const secret = secrets.secret(secretId);
  const stored = new Set(secret.versions().map(({ text }) => fingerprintOf(text ?? '')));
  const current = secret.current();
  return {
    acceptedIsStored: tokens.every((token) => token !== 'any' && stored.has(token)),
    accepted: new Set(tokens).size,
    acceptedIsCurrent: current !== undefined && tokens.every((token) => token === fingerprintOf(current)),
  };
}

function transactionsIn({ outcome, events }: EntryOf<'apm.request'>): number {
  if (outcome !== 'accepted' || !events) return 0;
  return events.byType['transaction'] ?? 0;
}

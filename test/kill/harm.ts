import { SECRET_ID } from '../../src/demo/config.js';
import { whatHolds } from '../../src/demo/count.js';
import type { DemoWorld } from '../../src/demo/world.js';
import { fingerprintOf } from '../../src/rotation/secret.js';
import type { LedgerEntry } from '../../src/sandbox/ledger.js';

/** What must never have happened in a run, by the world itself. */
export type Harm = {
  /** What the APM Server accepts is in no version of the secret. */
  readonly lost: boolean;
  /** A second reset, where the first has arrived. */
  readonly doubleReset: boolean;
  /** Current is not what is accepted, or became current before anybody had accepted it. */
  readonly wrongCurrent: boolean;
};

/** Of the run that began when the ledger had this many entries. */
export function harmSince(begin: number, { sandbox, deployment, secrets }: DemoWorld): Harm {
  const { entries } = sandbox.ledger;
  const { acceptedIsStored, acceptedIsCurrent } = whatHolds(deployment, secrets);
  const tokens = new Map(
    secrets
      .secret(SECRET_ID)
      .versions()
      .map(({ id, text = '' }) => [id, fingerprintOf(text)]),
  );
  const isPremature = (entry: LedgerEntry, place: number): boolean => {
    const promoted = promotedBy(entry);
    if (place < begin || promoted === undefined) return false;
    return !entries.slice(0, place).some((earlier) => accepts(earlier, tokens.get(promoted)));
  };
  return {
    lost: !acceptedIsStored,
    doubleReset: isSentTwice(entries.slice(begin)),
    wrongCurrent: !acceptedIsCurrent || entries.some(isPremature),
  };
}

/** The version that this request has made current. */
function promotedBy(entry: LedgerEntry): string | undefined {
  const isPromotion =
    entry.kind === 'secrets-manager.request' &&
    entry.operation === 'UpdateSecretVersionStage' &&
    entry.status === 200 &&
    entry.stages?.includes('AWSCURRENT');
  return isPromotion === true ? entry.versionId : undefined;
}

function accepts(entry: LedgerEntry, token: string | undefined): boolean {
  return entry.kind === 'apm.request' && entry.outcome === 'accepted' && entry.fingerprint === token;
}

/** Applied twice, or asked for again when it had been applied. What is refused before that is no reset. */
function isSentTwice(entries: readonly LedgerEntry[]): boolean {
  let isApplied = false;
  for (const entry of entries) {
    const isReset = entry.kind === 'token.reset' && entry.by === 'api';
    if (isApplied && (isReset || isRefusedReset(entry))) return true;
    isApplied ||= isReset;
  }
  return false;
}

function isRefusedReset(entry: LedgerEntry): boolean {
  if (entry.kind !== 'cloud.request' || entry.operationId !== 'deployment-apm-reset-secret-token')
    return false;
  return entry.status >= 400;
}

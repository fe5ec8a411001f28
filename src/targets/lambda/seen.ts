import type {
  AliasConfiguration,
  FunctionConfiguration,
  GetProvisionedConcurrencyConfigCommandOutput,
} from '@aws-sdk/client-lambda';
import type { Fingerprint } from '../../rotation/secret.js';
import type { Observation } from '../target.js';
import { differences, isMarked } from './mark.js';
import { isWeighted } from './preflight.js';

export type Look = {
  /** What is invoked: $LATEST, or the version of the alias. */
  readonly invoked: FunctionConfiguration;
  /** Read only where what is invoked is not for the token. */
  readonly latest: FunctionConfiguration;
  readonly alias?: AliasConfiguration;
  readonly provisioned?: GetProvisionedConcurrencyConfigCommandOutput;
};

/** One function. */
export const CONVERGED: Observation = { state: 'converged', seen: 1, of: 1 };

/**
 * Whether a function is invoked with the token. What is counted are functions, for AWS shows no execution environments.
 * What it says of them: LastUpdateStatus tells "when the update is complete and the function is processing events with
 * the new configuration" (https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html), and
 * until then those of before are invoked (https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html). So
 * `converged` is about every invocation that begins from now on; one that is under way ends with the token of before,
 * after the timeout of its function at the latest, 15 minutes at most.
 */
export function seenIn(
  name: string,
  { invoked, latest, alias, provisioned }: Look,
  expected: Fingerprint,
): Observation {
  const isForToken = isMarked(invoked, { fingerprint: expected });
  const failed = (why: string | undefined): Observation =>
    behind('failed', `function ${name}: ${why ?? 'AWS gives no reason'}`, isForToken ? 0 : 1);
  if (!isForToken) {
    if (latest.LastUpdateStatus === 'Failed') return failed(latest.LastUpdateStatusReason);
    return unmarked(name, { invoked, latest, ...(alias && { alias }) });
  }
  if (invoked.LastUpdateStatus === 'Failed') return failed(invoked.LastUpdateStatusReason);
  if (invoked.State === 'Failed') return failed(invoked.StateReason);
  if (alias && isWeighted(alias))
    return behind('pending', `function ${name}: alias ${alias.Name} still points to two versions`);
  if (invoked.LastUpdateStatus === 'InProgress' || invoked.State === 'Pending') {
    return behind('pending', `function ${name} is still being updated`);
  }
  if (provisioned?.Status === 'FAILED') return failed(provisioned.StatusReason);
  if (provisioned?.Status === 'IN_PROGRESS') {
    return behind('pending', `function ${name}: its provisioned concurrency is still being allocated`);
  }
  return CONVERGED;
}

function unmarked(name: string, { invoked, latest, alias }: Look): Observation {
  const isVersion = alias !== undefined && alias.FunctionVersion !== '$LATEST';
  const changed = isVersion ? differences(latest, invoked) : [];
  if (changed.length === 0) return { state: 'pending', seen: 0, of: 1, other: 1 };
  return {
    state: 'needs_release',
    isSeen: true,
    detail: `function ${name}: $LATEST has what the version of alias ${alias?.Name} has not (${changed.join(', ')}), so that only a release brings the token there`,
  };
}

/** `other`: whether the mark is missing. */
function behind(state: 'pending' | 'failed', detail: string, other: 0 | 1 = 0): Observation {
  return { state, seen: 0, of: 1, other, detail };
}

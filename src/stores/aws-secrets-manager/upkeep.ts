import { asRotorError, sentenceOf } from '../../rotation/errors.js';
import type { Replica } from '../store.js';
import type { Description } from './api.js';
import type { AwsSecretsManagerConfig } from './config.js';
import type { Tags, UpkeepApi } from './upkeep-api.js';

/** Puts right what the config declares of a secret besides its value; sentences about what cannot be put right. */
export async function keepUp(
  api: UpkeepApi,
  secret: Description,
  { tags = {}, replicaRegions = [] }: Pick<AwsSecretsManagerConfig, 'tags' | 'replicaRegions'>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const lacking = missingTags(secret, tags);
  const missing = replicasOf(secret, replicaRegions).filter(({ state }) => state === 'missing');
  const regions = missing.map(({ place }) => place);
  return [
    ...(Object.keys(lacking).length === 0 ? [] : await tried(async () => api.tag(lacking, signal))),
    ...(regions.length === 0 ? [] : await tried(async () => api.replicate(regions, signal))),
  ];
}

/** A token that has to be changed is not kept waiting for a tag. What may pass is waited for. */
async function tried(act: () => Promise<void>): Promise<readonly string[]> {
  try {
    await act();
    return [];
  } catch (error) {
    const fault = asRotorError(error);
    if (fault.retryable) throw fault;
    return [sentenceOf(fault)];
  }
}

function missingTags({ Tags: found = [] }: Description, tags: Tags): Tags {
  const known = new Map(found.map(({ Key, Value }) => [Key, Value]));
  return Object.fromEntries(Object.entries(tags).filter(([key, value]) => known.get(key) !== value));
}

const STATES = { InSync: 'in_sync', InProgress: 'in_progress', Failed: 'failed' } as const;

/** In the declared regions alone: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ReplicationStatusType.html */
export function replicasOf(
  { ReplicationStatus: found = [] }: Description,
  regions: readonly string[],
): readonly Replica[] {
  return regions.map((place) => {
    const { Status, StatusMessage } = found.find(({ Region }) => Region === place) ?? {};
    if (Status === undefined) return { place, state: 'missing' };
    return { place, state: STATES[Status], ...(StatusMessage !== undefined && { why: StatusMessage }) };
  });
}

/** What the upstream does not mend by itself. */
export function failedReplicas(replicas: readonly Replica[], place: string): readonly string[] {
  return replicas
    .filter(({ state }) => state === 'failed')
    .map(({ place: region, why }) => {
      const words = why === undefined ? '' : ` (${why.replace(/\.$/, '')})`;
      return `The replica of ${place} in ${region} has failed${words}: see aws secretsmanager describe-secret.`;
    });
}

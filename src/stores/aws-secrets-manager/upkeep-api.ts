import type { Tag } from '@aws-sdk/client-secrets-manager';
import type { SecretCalls } from './sdk.js';

export type Tags = Readonly<Record<string, string>>;

const NOTHING = { ResourceNotFoundException: undefined };

/** The calls about a secret that touch none of its versions. */
export class UpkeepApi {
  constructor(
    private readonly secretId: string,
    private readonly calls: SecretCalls,
  ) {}

  /** The JSON of its resource policy; undefined: it has none. */
  async policy(signal: AbortSignal): Promise<string | undefined> {
    const found = await this.calls.send(
      'GetResourcePolicy',
      ({ sdk, client }, stop) =>
        client.send(new sdk.GetResourcePolicyCommand({ SecretId: this.secretId }), stop),
      signal,
      NOTHING,
    );
    return found?.ResourcePolicy;
  }

  /** Adds them, or changes their values; others stay. */
  async tag(tags: Tags, signal: AbortSignal): Promise<void> {
    const input = { SecretId: this.secretId, Tags: tagsOf(tags) };
    await this.calls.send(
      'TagResource',
      ({ sdk, client }, stop) => client.send(new sdk.TagResourceCommand(input), stop),
      signal,
    );
  }

  /** Never over a secret of this name that is there already. */
  async replicate(regions: readonly string[], signal: AbortSignal): Promise<void> {
    const AddReplicaRegions = regions.map((Region) => ({ Region }));
    await this.calls.send(
      'ReplicateSecretToRegions',
      ({ sdk, client }, stop) =>
        client.send(
          new sdk.ReplicateSecretToRegionsCommand({ SecretId: this.secretId, AddReplicaRegions }),
          stop,
        ),
      signal,
    );
  }
}

export function tagsOf(tags: Tags = {}): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

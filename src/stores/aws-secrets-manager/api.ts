import type { DescribeSecretResponse, SecretVersionsListEntry } from '@aws-sdk/client-secrets-manager';
import type { Secret } from '../../rotation/secret.js';
import type { VersionId } from '../store.js';
import type { AwsSecretsManagerConfig } from './config.js';
import type { KeyInUse, SecretCalls } from './sdk.js';
import { tagsOf } from './upkeep-api.js';

export type Description = Omit<DescribeSecretResponse, 'VersionIdsToStages'> & {
  readonly labels: ReadonlyMap<VersionId, readonly string[]>;
};
export type Content = {
  readonly version: VersionId;
  /** undefined: bytes. */ readonly text: string | undefined;
};
export type NewVersion = {
  readonly version: VersionId;
  readonly text: string;
  readonly labels: readonly string[];
};
export type Move = {
  readonly label: string;
  readonly to?: VersionId;
  /** Where the label must be for the move to happen. */
  readonly from?: VersionId;
};

const MANAGED_BY = [{ Key: 'managed-by', Value: 'rotor' }];
const ABSENT = { ResourceNotFoundException: 'absent' } as const;
const NOTHING = { ResourceNotFoundException: undefined };

/** The calls that the store makes. What the store has an answer to is a result here, all else is thrown as a fault. */
export class SecretApi {
  readonly #config: AwsSecretsManagerConfig;
  readonly #calls: SecretCalls;
  readonly #key: KeyInUse;
  /** From the event of a rotation; shows AWS where the request comes from. Never logged. */
  readonly #rotationToken: Secret | undefined;

  constructor(
    config: AwsSecretsManagerConfig,
    { calls, key }: { readonly calls: SecretCalls; readonly key: KeyInUse },
    rotationToken?: Secret,
  ) {
    this.#config = config;
    this.#calls = calls;
    this.#key = key;
    this.#rotationToken = rotationToken;
  }

  /** undefined: there is no such secret. */
  async describe(signal: AbortSignal): Promise<Description | undefined> {
    const described = await this.#calls.send(
      'DescribeSecret',
      ({ sdk, client }, stop) => client.send(new sdk.DescribeSecretCommand(this.#secret), stop),
      signal,
      NOTHING,
    );
    if (described === undefined) return undefined;
    this.#key.kmsKeyId = described.KmsKeyId;
    const labels = Object.entries(described.VersionIdsToStages ?? {});
    return { ...described, labels: new Map(labels.map(([id, stages]) => [id as VersionId, stages])) };
  }

  /** Every version that AWS still has, with and without labels; undefined: there is no such secret. */
  async versions(signal: AbortSignal): Promise<readonly SecretVersionsListEntry[] | undefined> {
    const versions: SecretVersionsListEntry[] = [];
    let next: { NextToken?: string } = {};
    do {
      const input = { ...this.#secret, IncludeDeprecated: true, ...next };
      const page = await this.#calls.send(
        'ListSecretVersionIds',
        ({ sdk, client }, stop) => client.send(new sdk.ListSecretVersionIdsCommand(input), stop),
        signal,
        NOTHING,
      );
      if (page === undefined) return undefined;
      versions.push(...(page.Versions ?? []));
      next = page.NextToken === undefined ? {} : { NextToken: page.NextToken };
    } while (next.NextToken !== undefined);
    return versions;
  }

  /** By version id or label; undefined: not there, or not visible yet. */
  async content(
    by: { readonly version: VersionId } | { readonly label: string },
    signal: AbortSignal,
  ): Promise<Content | undefined> {
    const which = 'version' in by ? { VersionId: by.version } : { VersionStage: by.label };
    const found = await this.#calls.send(
      'GetSecretValue',
      ({ sdk, client }, stop) =>
        client.send(new sdk.GetSecretValueCommand({ ...this.#secret, ...which }), stop),
      signal,
      NOTHING,
    );
    return found && { version: (found.VersionId ?? '') as VersionId, text: found.SecretString };
  }

  /** The labels of the version, new or known with the same text. `taken`: known with another text. */
  async put(
    { version, text, labels }: NewVersion,
    signal: AbortSignal,
  ): Promise<readonly string[] | 'absent' | 'taken'> {
    const input = {
      ...this.#secret,
      ClientRequestToken: version,
      SecretString: text,
      VersionStages: [...labels],
      ...(this.#rotationToken && { RotationToken: this.#rotationToken.reveal() }),
    };
    const reply = await this.#calls.send(
      'PutSecretValue',
      ({ sdk, client }, stop) => client.send(new sdk.PutSecretValueCommand(input), stop),
      signal,
      { ...ABSENT, ResourceExistsException: 'taken' } as const,
    );
    return typeof reply === 'string' ? reply : (reply.VersionStages ?? []);
  }

  /** With its first version, which is current. `taken`: there is a secret of this name already. */
  async create(
    { version, text }: Pick<NewVersion, 'version' | 'text'>,
    signal: AbortSignal,
  ): Promise<'created' | 'taken'> {
    const { secretId, kmsKeyId, description, tags, replicaRegions } = this.#config;
    this.#key.kmsKeyId = kmsKeyId;
    const input = {
      Name: secretId,
      ClientRequestToken: version,
      SecretString: text,
      Tags: [...MANAGED_BY, ...tagsOf(tags)],
      ...(replicaRegions && { AddReplicaRegions: replicaRegions.map((Region) => ({ Region })) }),
      ...(kmsKeyId !== undefined && { KmsKeyId: kmsKeyId }),
      ...(description !== undefined && { Description: description }),
    };
    const reply = await this.#calls.send(
      'CreateSecret',
      ({ sdk, client }, stop) => client.send(new sdk.CreateSecretCommand(input), stop),
      signal,
      { ResourceExistsException: 'taken' } as const,
    );
    return reply === 'taken' ? reply : 'created';
  }

  /** One atomic step. `elsewhere`: the label is not where the move wants it to be. */
  async move({ label, to, from }: Move, signal: AbortSignal): Promise<'moved' | 'elsewhere' | 'absent'> {
    const input = {
      ...this.#secret,
      VersionStage: label,
      ...(to !== undefined && { MoveToVersionId: to }),
      ...(from !== undefined && { RemoveFromVersionId: from }),
    };
    const reply = await this.#calls.send(
      'UpdateSecretVersionStage',
      ({ sdk, client }, stop) => client.send(new sdk.UpdateSecretVersionStageCommand(input), stop),
      signal,
      { ...ABSENT, InvalidParameterException: 'elsewhere' } as const,
    );
    return typeof reply === 'string' ? reply : 'moved';
  }

  get #secret(): { SecretId: string } {
    return { SecretId: this.#config.secretId };
  }
}

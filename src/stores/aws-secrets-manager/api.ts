import type { Agent } from 'node:https';
import type { DescribeSecretResponse, SecretVersionsListEntry } from '@aws-sdk/client-secrets-manager';
import type { Secret } from '../../rotation/secret.js';
import { Stop } from '../../rotation/stop.js';
import type { VersionId } from '../store.js';
import { nameOf } from './cause.js';
import type { AwsSecretsManagerConfig } from './config.js';
import { storeFault, type Action } from './faults.js';
import { placeOf } from './identity.js';
import { clientFor, forgetClient, type Opened } from './sdk.js';

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
/** A caller that is not the store itself: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html */
export type ApiOptions = {
  readonly withinMs?: number | undefined;
  /** From the event of a rotation; shows AWS where the request comes from. Never logged. */
  readonly rotationToken?: Secret | undefined;
};
export type Move = {
  readonly label: string;
  readonly to?: VersionId;
  /** Where the label must be for the move to happen. */
  readonly from?: VersionId;
};

/**
 * To the last byte of an answer, all tries of the SDK together. Its own times are over with the head: a body that stops
 * coming would be waited for without end.
 */
const ANSWERED_WITHIN_MS = 40_000;

const MANAGED_BY = [{ Key: 'managed-by', Value: 'rotor' }];
const ABSENT = { ResourceNotFoundException: 'absent' } as const;
/** What the client holds may be of yesterday: the next call looks for them anew. */
const STALE_CREDENTIALS = [
  'ExpiredTokenException',
  'UnrecognizedClientException',
  'InvalidSignatureException',
  'InvalidClientTokenId',
];
const NOTHING = { ResourceNotFoundException: undefined };

/** The calls that the store makes. What the store has an answer to is a result here, all else is thrown as a fault. */
export class SecretApi {
  readonly #config: AwsSecretsManagerConfig;
  readonly #agent: Agent;
  readonly #withinMs: number;
  readonly #rotationToken: Secret | undefined;
  #kmsKeyId: string | undefined;

  constructor(config: AwsSecretsManagerConfig, agent: Agent, options: ApiOptions = {}) {
    this.#config = config;
    this.#agent = agent;
    this.#withinMs = options.withinMs ?? ANSWERED_WITHIN_MS;
    this.#rotationToken = options.rotationToken;
  }

  /** undefined: there is no such secret. */
  async describe(signal: AbortSignal): Promise<Description | undefined> {
    const described = await this.#call(
      'DescribeSecret',
      ({ sdk, client }, stop) => client.send(new sdk.DescribeSecretCommand(this.#secret), stop),
      NOTHING,
      signal,
    );
    if (described === undefined) return undefined;
    this.#kmsKeyId = described.KmsKeyId;
    const labels = Object.entries(described.VersionIdsToStages ?? {});
    return { ...described, labels: new Map(labels.map(([id, stages]) => [id as VersionId, stages])) };
  }

  /** Every version that AWS still has, with and without labels; undefined: there is no such secret. */
  async versions(signal: AbortSignal): Promise<readonly SecretVersionsListEntry[] | undefined> {
    const versions: SecretVersionsListEntry[] = [];
    let next: { NextToken?: string } = {};
    do {
      const input = { ...this.#secret, IncludeDeprecated: true, ...next };
      const page = await this.#call(
        'ListSecretVersionIds',
        ({ sdk, client }, stop) => client.send(new sdk.ListSecretVersionIdsCommand(input), stop),
        NOTHING,
        signal,
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
    const found = await this.#call(
      'GetSecretValue',
      ({ sdk, client }, stop) =>
        client.send(new sdk.GetSecretValueCommand({ ...this.#secret, ...which }), stop),
      NOTHING,
      signal,
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
    const reply = await this.#call(
      'PutSecretValue',
      ({ sdk, client }, stop) => client.send(new sdk.PutSecretValueCommand(input), stop),
      { ...ABSENT, ResourceExistsException: 'taken' } as const,
      signal,
    );
    return typeof reply === 'string' ? reply : (reply.VersionStages ?? []);
  }

  /** With its first version, which is current. `taken`: there is a secret of this name already. */
  async create(
    { version, text }: Pick<NewVersion, 'version' | 'text'>,
    signal: AbortSignal,
  ): Promise<'created' | 'taken'> {
    const { secretId, kmsKeyId, description } = this.#config;
    this.#kmsKeyId = kmsKeyId;
    const input = {
      Name: secretId,
      ClientRequestToken: version,
      SecretString: text,
      Tags: MANAGED_BY,
      ...(kmsKeyId !== undefined && { KmsKeyId: kmsKeyId }),
      ...(description !== undefined && { Description: description }),
    };
    const reply = await this.#call(
      'CreateSecret',
      ({ sdk, client }, stop) => client.send(new sdk.CreateSecretCommand(input), stop),
      { ResourceExistsException: 'taken' } as const,
      signal,
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
    const reply = await this.#call(
      'UpdateSecretVersionStage',
      ({ sdk, client }, stop) => client.send(new sdk.UpdateSecretVersionStageCommand(input), stop),
      { ...ABSENT, InvalidParameterException: 'elsewhere' } as const,
      signal,
    );
    return typeof reply === 'string' ? reply : 'moved';
  }

  get #secret(): { SecretId: string } {
    return { SecretId: this.#config.secretId };
  }

  async #call<Reply, Known>(
    action: Action,
    send: (opened: Opened, stop: { abortSignal: AbortSignal }) => Promise<Reply>,
    known: Readonly<Record<string, Known>>,
    signal: AbortSignal,
  ): Promise<Reply | Known> {
    using stop = new Stop([signal], this.#withinMs);
    try {
      const opened = await clientFor(this.#config, this.#agent);
      return await inTime(send(opened, { abortSignal: stop.signal }), stop.signal);
    } catch (error) {
      const name = nameOf(error);
      if (STALE_CREDENTIALS.includes(name)) forgetClient(this.#config, this.#agent);
      if (Object.hasOwn(known, name)) return known[name] as Known;
      const cause: unknown = stop.signal.aborted && !signal.aborted ? stop.signal.reason : error;
      throw storeFault(cause, { action, place: placeOf(this.#config), kmsKeyId: this.#kmsKeyId });
    }
  }
}

/** The SDK does not hear the signal while it looks for credentials, which may take for ever. */
async function inTime<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  const late = Promise.withResolvers<never>();
  const end = (): void => late.reject(signal.reason as Error);
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    signal.removeEventListener('abort', end);
    answer.catch(() => undefined);
    late.promise.catch(() => undefined);
  }
}

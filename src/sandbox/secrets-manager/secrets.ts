import { AwsError } from './aws-error.js';
import type { Random } from '../random.js';
import { attach, CURRENT, holderOf } from './labels.js';

export type Version = {
  readonly id: string;
  readonly text?: string;
  /** Base64. */
  readonly binary?: string;
  /** Epoch milliseconds, as all times here; the wire has seconds. */
  readonly createdAt: number;
  readonly labels: Set<string>;
};

export type StoredSecret = {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: number;
  readonly description?: string;
  readonly kmsKeyId?: string;
  readonly tags: Map<string, string>;
  readonly versions: Map<string, Version>;
  /** By Region: since when, epoch milliseconds. */
  readonly replicas: Map<string, number>;
  /** JSON. */
  policy?: string;
  /** Another Region's secret, of which this one is a replica that cannot be written. */
  primaryRegion?: string;
  rotationEnabled?: boolean;
  rotationLambdaArn?: string;
  owningService?: string;
  deletedAt?: number;
  changedAt: number;
};

const ACCOUNT = '000000000000';
/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
const MOST_VERSIONS = 100;
const KEPT_MS = 24 * 3_600_000;

/** The secrets of one account, as they are; what a read is shown may lag behind. */
export class Secrets {
  readonly #byName = new Map<string, StoredSecret>();
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** By name, full ARN, or an ARN without the six characters that the service adds. */
  find(secretId: string): StoredSecret | undefined {
    const byName = this.#byName.get(secretId);
    if (byName !== undefined || !secretId.startsWith('arn:')) return byName;
    return this.#byName.values().find(({ arn }) => arn === secretId || arn.slice(0, -7) === secretId);
  }

  add(name: string, region: string, rest: { description?: string; kmsKeyId?: string }): StoredSecret {
    const arn = `arn:aws:secretsmanager:${region}:${ACCOUNT}:secret:${name}-${this.#random.base62(6)}`;
    const now = Date.now();
    const secret = {
      name,
      arn,
      createdAt: now,
      changedAt: now,
      tags: new Map(),
      versions: new Map(),
      replicas: new Map(),
      ...rest,
    };
    this.#byName.set(name, secret);
    return secret;
  }

  remove(name: string): void {
    this.#byName.delete(name);
  }
}

export type Value = { readonly text?: string; readonly binary?: string };

/**
 * A new version, or nothing where it is there with the same data: a version cannot be changed.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
 */
export function addVersion(
  secret: StoredSecret,
  id: string,
  value: Value,
  labels: readonly string[],
): Version {
  const known = secret.versions.get(id);
  if (known !== undefined && !isEmpty(known)) return assertSame(secret, known, value);
  if (known !== undefined) return fill(secret, known, value, labels);
  trim(secret);
  const version: Version = { id, ...value, createdAt: Date.now(), labels: new Set() };
  const first = holderOf(secret.versions, CURRENT) === undefined;
  secret.versions.set(id, version);
  try {
    for (const label of new Set(first ? [CURRENT, ...labels] : labels))
      attach(secret.versions, label, version);
  } catch (error) {
    secret.versions.delete(id);
    throw error;
  }
  secret.changedAt = Date.now();
  return version;
}

/** As RotateSecret announces one, for the rotation function to fill. */
export function isEmpty({ text, binary }: Version): boolean {
  return text === undefined && binary === undefined;
}

function fill(secret: StoredSecret, known: Version, value: Value, labels: readonly string[]): Version {
  const version: Version = { ...known, ...value };
  secret.versions.set(known.id, version);
  for (const label of labels) attach(secret.versions, label, version);
  secret.changedAt = Date.now();
  return version;
}

function assertSame(secret: StoredSecret, known: Version, value: Value): Version {
  if (known.text === value.text && known.binary === value.binary) return known;
  throw new AwsError(
    'ResourceExistsException',
    `You can't use ClientRequestToken ${known.id} because that value is already in use for a version of secret ${secret.arn}.`,
  );
}

/** Versions without a label go once there are too many, but never within a day of their making. */
function trim(secret: StoredSecret): void {
  if (secret.versions.size < MOST_VERSIONS) return;
  for (const { id, labels, createdAt } of secret.versions.values()) {
    if (labels.size === 0 && createdAt < Date.now() - KEPT_MS) secret.versions.delete(id);
  }
  if (secret.versions.size < MOST_VERSIONS) return;
  throw new AwsError(
    'LimitExceededException',
    `The secret has reached its quota of ${MOST_VERSIONS} versions.`,
  );
}

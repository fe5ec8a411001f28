import { randomUUID } from 'node:crypto';
import { AwsError } from './aws-error.js';
import { inputs, parse, type Inputs } from './inputs.js';
import { CURRENT, holderOf, move, PENDING } from './labels.js';
import { notDeleted, present, requested, valueOf, writable } from './preconditions.js';
import { replicate, replicationStatus, type Replication } from './replicas.js';
import { announce } from './rotating.js';
import { addVersion, type Secrets, type StoredSecret } from './secrets.js';

export type OperationName = keyof Inputs;

export type Scene = {
  /** As they are. */
  readonly secrets: Secrets;
  readonly region: string;
  readonly replication: Replication;
  /** As a read sees them, which may lag behind. */
  shown(secretId: string): StoredSecret | undefined;
};

/** undefined: the answer has no body. */
export type Output = Record<string, unknown> | undefined;
type Handlers = { readonly [N in OperationName]: (scene: Scene, input: Inputs[N]) => Output };

const DAY_MS = 24 * 3_600_000;

/** One function an operation; the rules are those of https://docs.aws.amazon.com/secretsmanager/latest/apireference/ */
const handlers: Handlers = {
  CreateSecret(scene, input) {
    const token = input.ClientRequestToken ?? randomUUID();
    const secret = created(scene, input, token) ?? newSecret(scene, input);
    const value = valueOf(input);
    const version = value && addVersion(secret, token, value, [CURRENT]);
    replicate(secret, regionsIn(input));
    return { ...head(secret), VersionId: version?.id };
  },

  DescribeSecret(scene, input) {
    const secret = present(scene.shown(input.SecretId));
    const labelled = secret.versions.values().filter(({ labels }) => labels.size > 0);
    return {
      ...head(secret),
      Description: secret.description,
      KmsKeyId: secret.kmsKeyId,
      RotationEnabled: secret.rotationEnabled,
      RotationLambdaARN: secret.rotationLambdaArn,
      OwningService: secret.owningService,
      PrimaryRegion: secret.primaryRegion,
      DeletedDate: secret.deletedAt && seconds(secret.deletedAt),
      CreatedDate: seconds(secret.createdAt),
      LastChangedDate: seconds(secret.changedAt),
      ReplicationStatus: replicationStatus(secret, scene.replication),
      Tags: [...secret.tags].map(([Key, Value]) => ({ Key, Value })),
      VersionIdsToStages: Object.fromEntries(labelled.map(({ id, labels }) => [id, [...labels]])),
    };
  },

  GetSecretValue(scene, input) {
    const secret = notDeleted(present(scene.shown(input.SecretId)));
    const version = requested(secret, input);
    return {
      ...head(secret),
      VersionId: version.id,
      VersionStages: [...version.labels],
      SecretString: version.text,
      SecretBinary: version.binary,
      CreatedDate: seconds(version.createdAt),
    };
  },

  PutSecretValue(scene, input) {
    const secret = writable(scene.secrets, input.SecretId, scene.region);
    const value = valueOf(input);
    if (value === undefined) {
      throw new AwsError('InvalidRequestException', 'You must provide either SecretString or SecretBinary.');
    }
    const token = input.ClientRequestToken ?? randomUUID();
    const version = addVersion(secret, token, value, input.VersionStages ?? [CURRENT]);
    return { ...head(secret), VersionId: version.id, VersionStages: [...version.labels] };
  },

  UpdateSecretVersionStage(scene, input) {
    const secret = writable(scene.secrets, input.SecretId, scene.region);
    if (input.MoveToVersionId === undefined && input.RemoveFromVersionId === undefined) {
      throw new AwsError(
        'InvalidParameterException',
        'You must move the label to or remove it from a version.',
      );
    }
    move(secret.versions, {
      label: input.VersionStage,
      to: input.MoveToVersionId,
      from: input.RemoveFromVersionId,
    });
    secret.changedAt = Date.now();
    return head(secret);
  },

  ListSecretVersionIds(scene, input) {
    const secret = present(scene.shown(input.SecretId));
    const listed = secret.versions
      .values()
      .filter(({ labels }) => labels.size > 0 || input.IncludeDeprecated === true);
    const Versions = [...listed].map(({ id, labels, createdAt }) => ({
      VersionId: id,
      VersionStages: [...labels],
      CreatedDate: seconds(createdAt),
    }));
    return { ...head(secret), Versions };
  },

  RotateSecret(scene, input) {
    const secret = writable(scene.secrets, input.SecretId, scene.region);
    return { ...head(secret), VersionId: announce(secret, input) };
  },

  CancelRotateSecret(scene, input) {
    const secret = writable(scene.secrets, input.SecretId, scene.region);
    secret.rotationEnabled = false;
    const pending = holderOf(secret.versions, PENDING);
    return { ...head(secret), VersionId: pending?.id };
  },

  TagResource(scene, input) {
    const secret = writable(scene.secrets, input.SecretId, scene.region);
    for (const { Key, Value } of input.Tags) secret.tags.set(Key, Value);
    return undefined;
  },

  GetResourcePolicy(scene, input) {
    const secret = present(scene.shown(input.SecretId));
    return { ...head(secret), ResourcePolicy: secret.policy };
  },

  PutResourcePolicy(scene, input) {
    const secret = writable(scene.secrets, input.SecretId, scene.region);
    secret.policy = input.ResourcePolicy;
    return head(secret);
  },

  ReplicateSecretToRegions(scene, input) {
    const secret = writable(scene.secrets, input.SecretId, scene.region);
    replicate(secret, regionsIn(input));
    return { ARN: secret.arn, ReplicationStatus: replicationStatus(secret, scene.replication) };
  },

  DeleteSecret(scene, input) {
    const secret = present(scene.secrets.find(input.SecretId));
    if (input.ForceDeleteWithoutRecovery === true) {
      scene.secrets.remove(secret.name);
      return { ...head(secret), DeletionDate: seconds(Date.now()) };
    }
    secret.deletedAt = Date.now() + (input.RecoveryWindowInDays ?? 30) * DAY_MS;
    return { ...head(secret), DeletionDate: seconds(secret.deletedAt) };
  },
};

export const operations: Readonly<Record<OperationName, (scene: Scene, body: unknown) => Output>> = {
  CreateSecret: (scene, body) => handlers.CreateSecret(scene, parse(inputs.CreateSecret, body)),
  DescribeSecret: (scene, body) => handlers.DescribeSecret(scene, parse(inputs.DescribeSecret, body)),
  GetSecretValue: (scene, body) => handlers.GetSecretValue(scene, parse(inputs.GetSecretValue, body)),
  PutSecretValue: (scene, body) => handlers.PutSecretValue(scene, parse(inputs.PutSecretValue, body)),
  UpdateSecretVersionStage: (scene, body) =>
    handlers.UpdateSecretVersionStage(scene, parse(inputs.UpdateSecretVersionStage, body)),
  ListSecretVersionIds: (scene, body) =>
    handlers.ListSecretVersionIds(scene, parse(inputs.ListSecretVersionIds, body)),
  RotateSecret: (scene, body) => handlers.RotateSecret(scene, parse(inputs.RotateSecret, body)),
  CancelRotateSecret: (scene, body) =>
    handlers.CancelRotateSecret(scene, parse(inputs.CancelRotateSecret, body)),
  GetResourcePolicy: (scene, body) =>
    handlers.GetResourcePolicy(scene, parse(inputs.GetResourcePolicy, body)),
  PutResourcePolicy: (scene, body) =>
    handlers.PutResourcePolicy(scene, parse(inputs.PutResourcePolicy, body)),
  ReplicateSecretToRegions: (scene, body) =>
    handlers.ReplicateSecretToRegions(scene, parse(inputs.ReplicateSecretToRegions, body)),
  TagResource: (scene, body) => handlers.TagResource(scene, parse(inputs.TagResource, body)),
  DeleteSecret: (scene, body) => handlers.DeleteSecret(scene, parse(inputs.DeleteSecret, body)),
};

/** The same request again, which is answered as the first time. */
function created(scene: Scene, input: Inputs['CreateSecret'], token: string): StoredSecret | undefined {
  const secret = scene.secrets.find(input.Name);
  if (secret === undefined) return undefined;
  if (secret.deletedAt !== undefined) {
    throw new AwsError(
      'InvalidRequestException',
      "You can't create this secret because a secret with this name is already scheduled for deletion.",
    );
  }
  const known = secret.versions.get(token);
  if (known !== undefined && known.text === input.SecretString && known.binary === input.SecretBinary) {
    return secret;
  }
  throw new AwsError(
    'ResourceExistsException',
    `The operation failed because the secret ${input.Name} already exists.`,
  );
}

function newSecret(scene: Scene, input: Inputs['CreateSecret']): StoredSecret {
  const secret = scene.secrets.add(input.Name, scene.region, {
    ...(input.Description !== undefined && { description: input.Description }),
    ...(input.KmsKeyId !== undefined && { kmsKeyId: input.KmsKeyId }),
  });
  for (const { Key, Value } of input.Tags ?? []) secret.tags.set(Key, Value);
  return secret;
}

function regionsIn({
  AddReplicaRegions = [],
}: {
  AddReplicaRegions?: { Region: string }[] | undefined;
}): string[] {
  return AddReplicaRegions.map(({ Region }) => Region);
}

function head(secret: StoredSecret): { ARN: string; Name: string } {
  return { ARN: secret.arn, Name: secret.name };
}

function seconds(ms: number): number {
  return ms / 1000;
}

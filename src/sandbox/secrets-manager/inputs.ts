import { z } from 'zod';
import { parsed } from '../aws/input.js';

/** The members that the sandbox reads, with the bounds of the API reference; others are ignored. */
const secretId = z.string().min(1).max(2048);
const token = z.string().min(32).max(64);
const stage = z.string().min(1).max(256);
// 65,536 bytes: https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
const text = z
  .string()
  .min(1)
  .refine((value) => Buffer.byteLength(value) <= 65_536, 'longer than 65536 bytes');
const tags = z.array(z.object({ Key: z.string().min(1).max(128), Value: z.string().max(256) }));
const replicas = z.array(z.object({ Region: z.string().min(1).max(128) })).min(1);
const value = { SecretString: text.optional(), SecretBinary: z.base64().optional() };

export const inputs = {
  CreateSecret: z.object({
    Name: z.string().regex(/^[A-Za-z0-9/_+=.@-]{1,512}$/),
    ClientRequestToken: token.optional(),
    Description: z.string().max(2048).optional(),
    KmsKeyId: z.string().max(2048).optional(),
    Tags: tags.optional(),
    AddReplicaRegions: replicas.optional(),
    ...value,
  }),
  DescribeSecret: z.object({ SecretId: secretId }),
  GetSecretValue: z.object({
    SecretId: secretId,
    VersionId: token.optional(),
    VersionStage: stage.optional(),
  }),
  PutSecretValue: z.object({
    SecretId: secretId,
    ClientRequestToken: token.optional(),
    VersionStages: z.array(stage).min(1).max(20).optional(),
    RotationToken: z.string().min(36).max(256).optional(),
    ...value,
  }),
  UpdateSecretVersionStage: z.object({
    SecretId: secretId,
    VersionStage: stage,
    MoveToVersionId: token.optional(),
    RemoveFromVersionId: token.optional(),
  }),
  ListSecretVersionIds: z.object({ SecretId: secretId, IncludeDeprecated: z.boolean().optional() }),
  RotateSecret: z.object({
    SecretId: secretId,
    ClientRequestToken: token.optional(),
    RotationLambdaARN: z.string().max(2048).optional(),
    RotateImmediately: z.boolean().optional(),
  }),
  CancelRotateSecret: z.object({ SecretId: secretId }),
  GetResourcePolicy: z.object({ SecretId: secretId }),
  PutResourcePolicy: z.object({ SecretId: secretId, ResourcePolicy: z.string().min(1).max(20_480) }),
  ReplicateSecretToRegions: z.object({ SecretId: secretId, AddReplicaRegions: replicas }),
  TagResource: z.object({ SecretId: secretId, Tags: tags }),
  DeleteSecret: z.object({
    SecretId: secretId,
    RecoveryWindowInDays: z.int().min(7).max(30).optional(),
    ForceDeleteWithoutRecovery: z.boolean().optional(),
  }),
};

export type Inputs = { readonly [N in keyof typeof inputs]: z.output<(typeof inputs)[N]> };

export function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  return parsed(schema, body, 'ValidationException');
}

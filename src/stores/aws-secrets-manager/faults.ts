import { RotorError } from '../../rotation/errors.js';
import { nameOf, textIn } from '../../aws/cause.js';
import {
  causeOf,
  verdictOn,
  type Attempt as AwsAttempt,
  type Classify,
  type Verdict,
} from '../../aws/verdict.js';

/** What was being done, in words that never hold a value. */
export type Attempt = Pick<AwsAttempt, 'service'> & {
  /** `GetSecretValue`. */
  readonly action: string;
  /** `secret apm/token in eu-central-1`. */
  readonly place: string;
  /** Where it is known. */
  readonly kmsKeyId: string | undefined;
};
type SecretAttempt = Attempt & AwsAttempt;

const BY_NAME: Readonly<Record<string, Classify<SecretAttempt>>> = {
  AccessDeniedException: (attempt, error) =>
    /KMS/i.test(textIn(error, 'message') ?? '') ? kmsDenied(attempt) : denied(attempt),
  DecryptionFailure: kmsDenied,
  EncryptionFailure: kmsDenied,

  InvalidParameterException: unacceptable,
  InvalidRequestException: notInThisState,
  LimitExceededException: full,
  ResourceExistsException: unacceptable,
  ResourceNotFoundException: missing,
  ValidationException: unacceptable,
};

/** Anything that the SDK threw, as the one error class. Of its own error only a stripped cause is kept. */
export function storeFault(error: unknown, attempt: Attempt): RotorError {
  if (error instanceof RotorError) return error;
  const what = `${attempt.action} on ${attempt.place}`;
  const { is, why, hint, retryable } = verdictOn(error, { ...attempt, what }, BY_NAME);
  return new RotorError(`store_${is}`, `${why.charAt(0).toUpperCase()}${why.slice(1)}.`, {
    cause: causeOf(error),
    ...(hint !== undefined && { hint }),
    ...(retryable !== undefined && { retryable }),
  });
}

function denied({ action, place }: SecretAttempt): Verdict {
  return {
    is: 'denied',
    why: `AWS denies secretsmanager:${action} on ${place}`,
    hint: `Allow secretsmanager:${action} on this secret, in the policy of Rotor's role and of the secret.`,
  };
}

function kmsDenied({ what, kmsKeyId }: SecretAttempt): Verdict {
  const key = kmsKeyId === undefined ? 'its KMS key' : `its KMS key ${kmsKeyId}`;
  return {
    is: 'denied',
    why: `AWS cannot use ${key} for ${what}`,
    hint: `Allow Rotor's role kms:Decrypt and kms:GenerateDataKey on that key, and see that it is enabled.`,
  };
}

function missing({ place }: SecretAttempt): Verdict {
  return {
    is: 'missing',
    why: `AWS does not find ${place}`,
    hint: 'Check its name, region and account; it may have been deleted.',
  };
}

function notInThisState({ what }: SecretAttempt): Verdict {
  return {
    is: 'refused',
    why: `AWS refuses ${what} in its present state`,
    hint: 'It may be scheduled for deletion (restore it), a replica (use its primary region), or managed by another AWS service.',
  };
}

function unacceptable({ what }: SecretAttempt, error: unknown): Verdict {
  return {
    is: 'refused',
    why: `AWS does not accept the parameters of ${what} (${nameOf(error)})`,
    hint: 'Check secretId, kmsKeyId and description in the config; the whole value may have 65,536 bytes.',
  };
}

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
const QUOTAS = new Map([
  ['CreateSecret', 'The region has as many secrets as it may: see the quotas of Secrets Manager there.'],
  [
    'ReplicateSecretToRegions',
    'A replica counts among the secrets of its region: see the quotas of Secrets Manager there.',
  ],
  ['TagResource', 'A secret has 50 tags at most: remove some, or declare fewer.'],
]);
const OF_VERSIONS =
  'AWS keeps 100 versions, each for a day at least, and 20 labels a secret: rotate less often, or remove labels that are no longer needed.';

function full({ action, what }: SecretAttempt): Verdict {
  return {
    is: 'unavailable',
    why: `a quota of AWS stops ${what}`,
    hint: QUOTAS.get(action) ?? OF_VERSIONS,
    // Versions end with time; tags and replicas stay until somebody takes some away.
    retryable: action !== 'TagResource' && action !== 'ReplicateSecretToRegions',
  };
}

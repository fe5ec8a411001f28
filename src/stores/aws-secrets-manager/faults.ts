import { RotorError, type Code, type RotorErrorOptions } from '../../rotation/errors.js';
import { memberOf, nameOf, strippedCause, textIn } from '../../aws/cause.js';

export type Action =
  | 'AssumeRole'
  | 'AssumeRoleWithWebIdentity'
  | 'CreateSecret'
  | 'DescribeSecret'
  | 'GetResourcePolicy'
  | 'GetSecretValue'
  | 'ListSecretVersionIds'
  | 'PutSecretValue'
  | 'ReplicateSecretToRegions'
  | 'TagResource'
  | 'UpdateSecretVersionStage';

/** What was being done, in words that never hold a value. */
export type Attempt = {
  readonly action: Action;
  /** `secret apm/token in eu-central-1`. */
  readonly place: string;
  /** Where it is known. */
  readonly kmsKeyId: string | undefined;
  /** Default: Secrets Manager. */
  readonly service?: 'sts';
};

export type Verdict = readonly [code: Code, message: string, options?: RotorErrorOptions];
export type Classify = (attempt: Attempt, error: unknown) => Verdict;

const BY_NAME: Readonly<Record<string, Classify>> = {
  AbortError: stopped,
  AccessDeniedException: (attempt, error) =>
    /KMS/i.test(textIn(error, 'message') ?? '') ? kmsDenied(attempt) : denied(attempt),
  DecryptionFailure: kmsDenied,
  EncryptionFailure: kmsDenied,

  CredentialsProviderError: withoutCredentials,
  ExpiredTokenException: strangerToAws,
  IncompleteSignature: strangerToAws,
  InvalidClientTokenId: strangerToAws,
  InvalidSignatureException: strangerToAws,
  MissingAuthenticationTokenException: strangerToAws,
  NotAuthorized: strangerToAws,
  OptInRequired: strangerToAws,
  TokenProviderError: withoutCredentials,
  UnrecognizedClientException: strangerToAws,

  InvalidParameterException: unacceptable,
  InvalidRequestException: notInThisState,
  LimitExceededException: full,
  RequestLimitExceeded: throttled,
  ResourceExistsException: unacceptable,
  ResourceNotFoundException: missing,
  ThrottlingException: throttled,
  TooManyRequestsException: throttled,
  ValidationException: unacceptable,
};

/**
 * Anything that the SDK threw, as the one error class. Of its own error only a stripped cause is kept. `more`: what the
 * names of another service mean.
 */
export function storeFault(
  error: unknown,
  attempt: Attempt,
  more: Readonly<Record<string, Classify>> = {},
): RotorError {
  if (error instanceof RotorError) return error;
  const name = nameOf(error);
  const known = { ...BY_NAME, ...more };
  const classify = (Object.hasOwn(known, name) ? known[name] : undefined) ?? byShape(error);
  const [code, message, options] = classify(attempt, error);
  return new RotorError(code, message, { ...options, cause: strippedCause(error) });
}

/** For errors that AWS and the SDK do not name: by status, network code, or as unreadable. */
function byShape(error: unknown): Classify {
  const status = memberOf(memberOf(error, '$metadata'), 'httpStatusCode');
  if (memberOf(error, '$fault') === 'server' || (typeof status === 'number' && status >= 500)) return failing;
  if (textIn(error, 'message')?.startsWith('Region is missing')) return withoutRegion;
  const code = textIn(error, 'code');
  if (code !== undefined && /CERT|ISSUER|SELF_SIGNED|VERIFY|^ERR_TLS/.test(code)) return distrusted(code);
  if (nameOf(error) === 'TimeoutError' || code !== undefined) return unreachable;
  return unreadable;
}

function denied({ action, place }: Attempt): Verdict {
  return [
    'store_denied',
    `AWS denies secretsmanager:${action} on ${place}.`,
    {
      hint: `Allow secretsmanager:${action} on this secret, in the policy of Rotor's role and of the secret.`,
    },
  ];
}

function kmsDenied({ action, place, kmsKeyId }: Attempt): Verdict {
  const key = kmsKeyId === undefined ? 'its KMS key' : `its KMS key ${kmsKeyId}`;
  return [
    'store_denied',
    `AWS cannot use ${key} for ${action} on ${place}.`,
    {
      hint: `Allow Rotor's role kms:Decrypt and kms:GenerateDataKey on that key, and see that it is enabled.`,
    },
  ];
}

function withoutCredentials({ action, place }: Attempt): Verdict {
  return [
    'store_denied',
    `No AWS credentials were found for ${action} on ${place}.`,
    { hint: 'Give the machine or pod a role, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.' },
  ];
}

function strangerToAws({ action, place }: Attempt, error: unknown): Verdict {
  return [
    'store_denied',
    `AWS does not accept the credentials used for ${action} on ${place} (${nameOf(error)}).`,
    {
      hint: 'They may be expired, deleted or of another account or endpoint; check them with aws sts get-caller-identity.',
    },
  ];
}

function missing({ place }: Attempt): Verdict {
  return [
    'store_missing',
    `AWS does not find ${place}.`,
    { hint: 'Check its name, region and account; it may have been deleted.' },
  ];
}

function notInThisState({ action, place }: Attempt): Verdict {
  return [
    'store_refused',
    `AWS refuses ${action} on ${place} in its present state.`,
    {
      hint: 'It may be scheduled for deletion (restore it), a replica (use its primary region), or managed by another AWS service.',
    },
  ];
}

function unacceptable({ action, place }: Attempt, error: unknown): Verdict {
  return [
    'store_refused',
    `AWS does not accept the parameters of ${action} on ${place} (${nameOf(error)}).`,
    {
      hint: 'Check secretId, kmsKeyId and description in the config; the whole value may have 65,536 bytes.',
    },
  ];
}

function full({ action, place }: Attempt): Verdict {
  return [
    'store_unavailable',
    `A quota of AWS stops ${action} on ${place}.`,
    {
      hint: 'AWS keeps 100 versions, each for a day at least, and 20 labels a secret: rotate less often, or remove labels that are no longer needed.',
    },
  ];
}

function throttled({ action, place }: Attempt): Verdict {
  return ['store_unavailable', `AWS throttles ${action} on ${place}.`];
}

function failing({ action, place }: Attempt): Verdict {
  return ['store_unavailable', `AWS fails on its side in ${action} on ${place}.`];
}

function serviceOf({ service }: Attempt): string {
  return service === 'sts' ? 'AWS STS' : 'AWS Secrets Manager';
}

function unreachable(attempt: Attempt, error: unknown): Verdict {
  const { action, place } = attempt;
  const why = textIn(error, 'code') ?? nameOf(error);
  return [
    'store_unavailable',
    `${serviceOf(attempt)} was not reached, or did not answer, in ${action} on ${place} (${why}).`,
    { hint: 'Check the endpoint, the region, the proxy and the network.' },
  ];
}

function distrusted(code: string): Classify {
  return (attempt) => [
    'store_unavailable',
    `The certificate of ${serviceOf(attempt)} was not trusted in ${attempt.action} on ${attempt.place} (${code}).`,
    { hint: 'Check the endpoint, or name the authority that signed it in tls.caFile.', retryable: false },
  ];
}

function unreadable({ action, place }: Attempt): Verdict {
  return [
    'store_unavailable',
    `The answer to ${action} on ${place} could not be read: it is not what AWS answers.`,
    { hint: 'A proxy or another server may have answered; check the endpoint.' },
  ];
}

function withoutRegion({ place }: Attempt): Verdict {
  return [
    'store_refused',
    `No AWS region is known for ${place}.`,
    { hint: 'Set region in the store of the rotation, or AWS_REGION.' },
  ];
}

function stopped({ action, place }: Attempt): Verdict {
  return ['store_unavailable', `${action} on ${place} was stopped before it ended.`];
}

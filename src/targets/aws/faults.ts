import { memberOf, nameOf, strippedCause, textIn } from '../../aws/cause.js';
import { RotorError } from '../../rotation/errors.js';

export type Called = {
  /** Name of the target. */
  readonly target: string;
  /** `Amazon ECS`. */
  readonly service: string;
  /** As IAM names it: `ecs`. */
  readonly iam: string;
};

type Verdict = { readonly why: string; readonly hint?: string; readonly retryable: boolean };
type Classify = (called: Called, action: string, error: unknown) => Verdict;

const BY_NAME: Readonly<Record<string, Classify>> = {
  AbortError: () => ({ why: 'the work was stopped', retryable: true }),
  AccessDeniedException: denied,
  AccessDenied: denied,

  CredentialsProviderError: withoutCredentials,
  TokenProviderError: withoutCredentials,
  ExpiredTokenException: stranger,
  IncompleteSignature: stranger,
  InvalidClientTokenId: stranger,
  InvalidSignatureException: stranger,
  MissingAuthenticationTokenException: stranger,
  OptInRequired: stranger,
  UnrecognizedClientException: stranger,

  // Of Systems Manager, for a host that is not registered or is stopped; it may come back.
  InvalidInstanceId: () => ({
    why: 'AWS does not know one of the hosts, or it is not running (InvalidInstanceId)',
    hint: 'Take it out, or start it and its agent of Systems Manager.',
    retryable: true,
  }),
  RequestLimitExceeded: throttled,
  ServiceQuotaExceededException: throttled,
  ThrottlingException: throttled,
  TooManyRequestsException: throttled,
};

/** Anything that the SDK threw, as the one error class. Of its own error only a stripped cause is kept. */
export function awsFault(called: Called): (error: unknown, action: string) => RotorError {
  return (error, action) => {
    if (error instanceof RotorError) return error;
    const name = nameOf(error);
    const classify = (Object.hasOwn(BY_NAME, name) ? BY_NAME[name] : undefined) ?? byShape(error);
    const { why, hint, retryable } = classify(called, action, error);
    return new RotorError('target_failed', `Target ${called.target}: ${why}.`, {
      cause: strippedCause(error),
      retryable,
      ...(hint !== undefined && { hint }),
    });
  };
}

export function plainHttp({ target, service }: Called): RotorError {
  return new RotorError('target_failed', `Target ${target}: the endpoint of ${service} is not https.`, {
    hint: 'Check AWS_ENDPOINT_URL, its form for this one service, and endpoint_url in the AWS profile.',
    retryable: false,
  });
}

/** In a preflight: what cannot pass by itself is a refusal; what can may be tried again. */
export async function refusing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RotorError) || error.code !== 'target_failed' || error.retryable) throw error;
    const { message, hint, cause } = error;
    throw new RotorError('target_refused', message, { cause, ...(hint !== undefined && { hint }) });
  }
}

function byShape(error: unknown): Classify {
  const status = memberOf(memberOf(error, '$metadata'), 'httpStatusCode');
  const code = textIn(error, 'code');
  if (memberOf(error, '$fault') === 'server' || (typeof status === 'number' && status >= 500)) return failing;
  if (status === 429) return throttled;
  if (textIn(error, 'message')?.startsWith('Region is missing')) return withoutRegion;
  if (code !== undefined && /CERT|ISSUER|SELF_SIGNED|VERIFY|^ERR_TLS/.test(code)) return distrusted(code);
  if (nameOf(error) === 'TimeoutError' || code !== undefined) return unreachable;
  if (memberOf(error, '$fault') === 'client') return unacceptable;
  return unreadable;
}

function denied({ iam }: Called, action: string): Verdict {
  return {
    why: `AWS denies ${iam}:${action}`,
    hint: `Allow ${iam}:${action} in the policy of Rotor's role; deploy/aws has one that is enough.`,
    retryable: false,
  };
}

function withoutCredentials({ iam }: Called, action: string): Verdict {
  return {
    why: `no AWS credentials were found for ${iam}:${action}`,
    hint: 'Give the machine or pod a role, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
    retryable: false,
  };
}

function stranger({ iam }: Called, action: string, error: unknown): Verdict {
  return {
    why: `AWS does not accept the credentials used for ${iam}:${action} (${nameOf(error)})`,
    hint: 'They may be expired, deleted or of another account or endpoint; check them with aws sts get-caller-identity.',
    retryable: false,
  };
}

function throttled({ iam }: Called, action: string): Verdict {
  return { why: `AWS throttles ${iam}:${action}`, retryable: true };
}

function failing({ iam }: Called, action: string): Verdict {
  return { why: `AWS fails on its side in ${iam}:${action}`, retryable: true };
}

function withoutRegion(): Verdict {
  return {
    why: 'no AWS region is known',
    hint: 'Set region in the target or in the store of the rotation, or AWS_REGION.',
    retryable: false,
  };
}

function distrusted(code: string): Classify {
  return ({ service }) => ({
    why: `the certificate of ${service} was not trusted (${code})`,
    hint: 'Check the endpoint, or name the authority that signed it in tls.caFile.',
    retryable: false,
  });
}

function unreachable({ service, iam }: Called, action: string, error: unknown): Verdict {
  return {
    why: `${service} was not reached, or did not answer, in ${iam}:${action} (${textIn(error, 'code') ?? nameOf(error)})`,
    hint: 'Check the endpoint, the region, the proxy and the network.',
    retryable: true,
  };
}

function unacceptable({ iam }: Called, action: string, error: unknown): Verdict {
  return { why: `AWS refuses ${iam}:${action} (${nameOf(error)})`, retryable: false };
}

function unreadable({ iam }: Called, action: string): Verdict {
  return {
    why: `the answer to ${iam}:${action} could not be read: it is not what AWS answers`,
    hint: 'A proxy or another server may have answered; check the endpoint.',
    retryable: true,
  };
}

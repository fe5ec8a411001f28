import { memberOf, nameOf, strippedCause, textIn } from './cause.js';

/** What went wrong with a request to AWS, for an adapter to tell in its own code. */
export type Verdict = {
  /** `refused`: it cannot work as it is asked for; `unavailable`: it may pass. */
  readonly is: 'denied' | 'missing' | 'refused' | 'unavailable';
  /** A sentence without its capital letter and its full stop. Never holds a value. */
  readonly why: string;
  readonly hint?: string;
  /** Default: where it is `unavailable`. */
  readonly retryable?: boolean;
};

export type Attempt = {
  /** For a person: `AWS STS`. */
  readonly service: string;
  /** `AssumeRole on role …`, `ecs:UpdateService`. */
  readonly what: string;
};

export type Classify<A extends Attempt = Attempt> = (attempt: A, error: unknown) => Verdict;

/** What is thrown below an adapter, by what the services share. */
export class AwsProblem extends Error {
  override readonly name = 'AwsProblem';

  constructor(
    readonly verdict: Verdict,
    /** Stripped. */
    cause?: unknown,
  ) {
    super(verdict.why, { cause });
  }
}

/** Of every service: https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html, and of the SDK itself. */
const COMMON: Readonly<Record<string, Classify>> = {
  AbortError: ({ what }) => ({ is: 'unavailable', why: `${what} was stopped before it ended` }),

  CredentialsProviderError: withoutCredentials,
  TokenProviderError: withoutCredentials,

  ExpiredTokenException: stranger,
  IncompleteSignature: stranger,
  InvalidClientTokenId: stranger,
  InvalidSignatureException: stranger,
  MissingAuthenticationTokenException: stranger,
  NotAuthorized: stranger,
  OptInRequired: stranger,
  UnrecognizedClientException: stranger,

  RequestLimitExceeded: throttled,
  ThrottlingException: throttled,
  TooManyRequestsException: throttled,
};

/** `own`: what names mean for this service; `otherwise`: of a request that AWS refuses by a name that nobody knows. */
export function verdictOn<A extends Attempt>(
  error: unknown,
  attempt: A,
  own: Readonly<Record<string, Classify<A>>>,
  otherwise: Classify<A> = unreadable,
): Verdict {
  if (error instanceof AwsProblem) return error.verdict;
  const name = nameOf(error);
  const known: Readonly<Record<string, Classify<A>>> = { ...COMMON, ...own };
  const classify = (Object.hasOwn(known, name) ? known[name] : undefined) ?? byShape(error, otherwise);
  return classify(attempt, error);
}

/** What may be kept of it. */
export function causeOf(error: unknown): unknown {
  return error instanceof AwsProblem ? error.cause : strippedCause(error);
}

/** For errors that AWS and the SDK do not name: by status, network code, or as unreadable. */
function byShape<A extends Attempt>(error: unknown, otherwise: Classify<A>): Classify<A> {
  const status = memberOf(memberOf(error, '$metadata'), 'httpStatusCode');
  const code = textIn(error, 'code');
  if (memberOf(error, '$fault') === 'server' || (typeof status === 'number' && status >= 500)) return failing;
  if (status === 429) return throttled;
  if (textIn(error, 'message')?.startsWith('Region is missing')) return withoutRegion;
  if (code !== undefined && /CERT|ISSUER|SELF_SIGNED|VERIFY|^ERR_TLS/.test(code)) return distrusted(code);
  if (nameOf(error) === 'TimeoutError' || code !== undefined) return unreachable;
  return memberOf(error, '$fault') === 'client' ? otherwise : unreadable;
}

function withoutCredentials({ what }: Attempt): Verdict {
  return {
    is: 'denied',
    why: `no AWS credentials were found for ${what}`,
    hint: 'Give the machine or pod a role, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
  };
}

function stranger({ what }: Attempt, error: unknown): Verdict {
  return {
    is: 'denied',
    why: `AWS does not accept the credentials used for ${what} (${nameOf(error)})`,
    hint: 'They may be expired, deleted or of another account or endpoint; check them with aws sts get-caller-identity.',
  };
}

export function throttled({ what }: Attempt): Verdict {
  return { is: 'unavailable', why: `AWS throttles ${what}` };
}

function failing({ what }: Attempt): Verdict {
  return { is: 'unavailable', why: `AWS fails on its side in ${what}` };
}

function withoutRegion({ what }: Attempt): Verdict {
  return {
    is: 'refused',
    why: `no AWS region is known for ${what}`,
    hint: 'Set region in the store of the rotation or in the target, or AWS_REGION.',
  };
}

function distrusted(code: string): Classify {
  return ({ service, what }) => ({
    is: 'unavailable',
    why: `the certificate of ${service} was not trusted in ${what} (${code})`,
    hint: 'Check the endpoint, or name the authority that signed it in tls.caFile.',
    retryable: false,
  });
}

function unreachable({ service, what }: Attempt, error: unknown): Verdict {
  const why = textIn(error, 'code') ?? nameOf(error);
  return {
    is: 'unavailable',
    why: `${service} was not reached, or did not answer, in ${what} (${why})`,
    hint: 'Check the endpoint, the region, the proxy and the network.',
  };
}

function unreadable({ what }: Attempt): Verdict {
  return {
    is: 'unavailable',
    why: `the answer to ${what} could not be read: it is not what AWS answers`,
    hint: 'A proxy or another server may have answered; check the endpoint.',
  };
}

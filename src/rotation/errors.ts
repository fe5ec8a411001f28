/**
 * Every way in which Rotor can fail, with what a caller may do about it.
 * `http` is the status of the REST API, `exit` the exit code of the command line
 * (0 ok, 1 failed, 2 usage or invalid config, 3 findings, 4 partial, 5 not authorised, 6 cannot reach the server,
 * 7 refused by policy, 8 still going on; 130 interrupted).
 */
const CODES = {
  config_invalid: { http: 422, exit: 2, retryable: false },
  request_invalid: { http: 400, exit: 2, retryable: false },
  method_not_allowed: { http: 405, exit: 2, retryable: false },
  body_too_large: { http: 413, exit: 2, retryable: false },
  media_type_unsupported: { http: 415, exit: 2, retryable: false },
  unauthenticated: { http: 401, exit: 5, retryable: false },
  scope_missing: { http: 403, exit: 5, retryable: false },
  rate_limited: { http: 429, exit: 6, retryable: true },
  not_found: { http: 404, exit: 2, retryable: false },
  not_possible: { http: 409, exit: 7, retryable: false },
  rotation_in_progress: { http: 409, exit: 7, retryable: true },
  idempotency_key_reused: { http: 422, exit: 2, retryable: false },
  paused: { http: 409, exit: 7, retryable: false },
  plan_stale: { http: 412, exit: 7, retryable: false },
  approval_required: { http: 409, exit: 7, retryable: false },
  approval_pending: { http: 409, exit: 7, retryable: false },
  approval_not_needed: { http: 409, exit: 7, retryable: false },
  approval_ended: { http: 409, exit: 7, retryable: false },
  own_request: { http: 403, exit: 5, retryable: false },
  not_an_approver: { http: 403, exit: 5, retryable: false },
  precondition_failed: { http: 412, exit: 7, retryable: false },
  too_many: { http: 409, exit: 7, retryable: false },
  server_unreachable: { http: 503, exit: 6, retryable: true },
  internal: { http: 500, exit: 1, retryable: false },

  upstream_unreachable: { http: 503, exit: 1, retryable: true },
  upstream_timeout: { http: 504, exit: 1, retryable: true },
  upstream_unauthenticated: { http: 502, exit: 1, retryable: false },
  upstream_forbidden: { http: 502, exit: 1, retryable: false },
  upstream_not_found: { http: 502, exit: 1, retryable: false },
  upstream_busy: { http: 409, exit: 1, retryable: true },
  upstream_rejected: { http: 502, exit: 1, retryable: false },
  upstream_elevation_required: { http: 502, exit: 1, retryable: false },
  upstream_rate_limited: { http: 503, exit: 1, retryable: true },
  upstream_error: { http: 502, exit: 1, retryable: true },
  upstream_not_json: { http: 502, exit: 1, retryable: true },
  upstream_malformed: { http: 502, exit: 1, retryable: true },
  insecure_endpoint: { http: 422, exit: 2, retryable: false },
  address_refused: { http: 422, exit: 2, retryable: false },
  receiver_gone: { http: 502, exit: 1, retryable: false },

  not_rotatable: { http: 422, exit: 1, retryable: false },
  resource_unavailable: { http: 422, exit: 1, retryable: false },
  resource_ambiguous: { http: 422, exit: 1, retryable: false },
  token_unreadable: { http: 422, exit: 1, retryable: false },
  token_unusable: { http: 422, exit: 1, retryable: false },
  token_not_taken: { http: 502, exit: 1, retryable: false },
  mode_changed: { http: 409, exit: 1, retryable: false },
  token_refused: { http: 422, exit: 1, retryable: false },
  authentication_open: { http: 422, exit: 1, retryable: false },
  instances_disagree: { http: 502, exit: 8, retryable: true },
  not_accepted: { http: 502, exit: 8, retryable: true },

  store_denied: { http: 502, exit: 1, retryable: false },
  store_missing: { http: 502, exit: 1, retryable: false },
  store_refused: { http: 422, exit: 1, retryable: false },
  store_conflict: { http: 409, exit: 1, retryable: true },
  store_unavailable: { http: 503, exit: 1, retryable: true },

  target_refused: { http: 422, exit: 1, retryable: false },
  target_failed: { http: 502, exit: 4, retryable: true },

  journal_unavailable: { http: 503, exit: 1, retryable: true },
  lease_lost: { http: 503, exit: 1, retryable: true },
} as const satisfies Record<string, { http: number; exit: number; retryable: boolean }>;

export type Code = keyof typeof CODES;

/** The code of this name, where there is one. */
export function codeNamed(name: unknown): Code | undefined {
  return typeof name === 'string' && Object.hasOwn(CODES, name) ? (name as Code) : undefined;
}

/** Of the REST API. */
export function httpStatusOf(code: Code): number {
  return CODES[code].http;
}

export type RotorErrorOptions = {
  cause?: unknown;
  /** What the reader should do next, one sentence. */
  hint?: string;
  /** From the upstream's own Retry-After, in milliseconds. */
  retryAfterMs?: number;
  /**
   * Whether the upstream may have acted on the request. `not_applied` only with proof: the connection failed before
   * the TLS handshake completed, or the upstream answered with a definite refusal. Everything else is `unknown`.
   */
  effect?: 'not_applied' | 'unknown';
  /** The run that stands in the way. */
  runId?: string;
  /** The approval that stands in the way, or that is waited for. */
  approvalId?: string;
  /** Overrides the code's default, e.g. a 403 that may pass. */
  retryable?: boolean;
};

/** The one error class. The message is a sentence for a person and never holds a token. */
export class RotorError extends Error {
  override readonly name = 'RotorError';
  readonly code: Code;
  readonly retryable: boolean;
  readonly effect: 'not_applied' | 'unknown';
  readonly hint: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly runId: string | undefined;
  readonly approvalId: string | undefined;

  constructor(code: Code, message: string, options: RotorErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? CODES[code].retryable;
    this.effect = options.effect ?? 'unknown';
    this.hint = options.hint;
    this.retryAfterMs = options.retryAfterMs;
    this.runId = options.runId;
    this.approvalId = options.approvalId;
  }

  get httpStatus(): number {
    return CODES[this.code].http;
  }

  get exitCode(): number {
    return CODES[this.code].exit;
  }
}

/** Anything thrown, as the one error class; what was not expected becomes `internal` and keeps its cause. */
export function asRotorError(error: unknown): RotorError {
  if (error instanceof RotorError) return error;
  const isError = typeof error === 'object' && error !== null && 'message' in error;
  return new RotorError('internal', String(isError ? error.message : error), { cause: error });
}

/** What is wrong, and what to do next: two sentences, where there is a hint. */
export function sentenceOf({ message, hint }: RotorError): string {
  if (!hint) return message;
  return `${message}${/[.!?:]$/.test(message) ? '' : '.'} ${hint}`;
}

/**
 * The code that the system or a library gave an error, such as ENOENT. Not by `instanceof`: an error of another realm
 * is of another class.
 */
export function systemCode(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

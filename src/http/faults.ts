import { ReadError, RequestError, TimeoutError } from 'got';

import { RotorError, systemCode, type Code, type RotorErrorOptions } from '../rotation/errors.js';
import { strippedCause } from './cause.js';
import type { HttpReply, ParsedBody, Site } from './reply.js';
import { describeRateLimit, retryAfterMs } from './retry-after.js';

/** One error in the upstream's own shape. The message is for matching only: it is never printed. */
export type UpstreamError = { readonly code: string; readonly message: string };

/** Reads the upstream's own error shape out of a reply; undefined where the reply has another shape. */
export type ErrorReader = (json: unknown) => readonly UpstreamError[] | undefined;

const NOT_APPLIED: RotorErrorOptions = { effect: 'not_applied' };

/** Codes of failures that happen before a connection exists: nothing can have been sent. */
const NEVER_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ERR_PROXY_TUNNEL']);

/** The phases that got times before it sends the first byte of the request. */
const PHASES_BEFORE_SENDING = new Set(['lookup', 'connect', 'secureConnect']);

/**
 * Node checks the certificate when the handshake ends, before it writes the request.
 * Codes: https://nodejs.org/docs/latest-v24.x/api/tls.html#x509-certificate-error-codes
 */
const CERTIFICATE_REFUSED = new Set([
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'CERT_CHAIN_TOO_LONG',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'HOSTNAME_MISMATCH',
]);

/** No whole answer arrived. */
export function connectionFault(error: unknown, site: Site): RotorError {
  if (error instanceof RotorError) return error;
  const cause = strippedCause(error);
  if (error instanceof TimeoutError) return timeoutFault(error, cause, site);
  const code = systemCode(error) ?? cause.name;
  if (CERTIFICATE_REFUSED.has(code)) {
    return fault('upstream_unreachable', site, `its certificate was not trusted (${code})`, {
      ...NOT_APPLIED,
      cause,
      retryable: false,
      hint: 'Check the address, or configure the certificate of the authority that signed it (CA PEM).',
    });
  }
  if (NEVER_CONNECTED.has(code)) {
    return fault('upstream_unreachable', site, `no connection could be opened (${code})`, {
      ...NOT_APPLIED,
      cause,
    });
  }
  if (error instanceof ReadError) {
    return fault('upstream_malformed', site, `the answer was cut off or damaged (${code})`, { cause });
  }
  const found = error instanceof RequestError ? `the connection broke before an answer came (${code})` : code;
  return fault('upstream_unreachable', site, found, { cause });
}

function timeoutFault(error: TimeoutError, cause: Error, site: Site): RotorError {
  const unsent = PHASES_BEFORE_SENDING.has(error.event);
  const found = unsent
    ? `no connection in time (phase ${error.event})`
    : `no answer in time (phase ${error.event})`;
  return fault('upstream_timeout', site, found, { cause, ...(unsent && NOT_APPLIED) });
}

/** The caller's signal aborted. Before anything was sent that is proof that nothing was applied. */
export function abortFault(site: Site, sent: boolean): RotorError {
  const found = sent ? 'was stopped while it was under way' : 'was stopped before it was sent';
  return fault('upstream_timeout', site, found, sent ? {} : NOT_APPLIED);
}

export function tooLargeFault(site: Site, limitBytes: number): RotorError {
  return fault('upstream_malformed', site, `the answer is larger than ${limitBytes} bytes`);
}

/** A redirect is never followed: no credential goes to another host. */
export function redirectFault(site: Site, status: number, location: string | undefined): RotorError {
  return fault('upstream_rejected', site, `answered ${status} and points to ${hostOf(location, site)}`, {
    hint: 'Rotor follows no redirect; configure the address that answers itself.',
  });
}

/** A body that is not JSON: something in between answered, so it proves nothing about a write. */
export function bodyFault(
  site: Site,
  reply: Pick<HttpReply, 'status' | 'headers'>,
  body: Extract<ParsedBody, { kind: 'not_json' | 'malformed' }>,
): RotorError {
  const found = body.kind === 'not_json' ? body.found : 'JSON that cannot be parsed';
  const usual = body.kind === 'not_json' ? 'upstream_not_json' : 'upstream_malformed';
  const code = reply.status === 429 || reply.status >= 500 ? codeOfStatus(reply.status) : usual;
  return fault(code, site, `answered ${reply.status} with ${found}${limitNote(reply)}`, {
    ...retryAfter(reply),
    hint: 'A proxy or load balancer may have answered in its place.',
  });
}

/** JSON arrived, but not what the operation documents. `problem` names the field, never its value. */
export function schemaFault(site: Site, status: number, problem: string): RotorError {
  return fault('upstream_malformed', site, `answered ${status} with unexpected JSON: ${problem}`);
}

/** A refusal: any status from 400. Proof only where it is a 4xx in the upstream's own error shape. */
export function answerFault(reply: HttpReply, site: Site, readErrors: ErrorReader): RotorError {
  const errors = readErrors(reply.json) ?? [];
  // 408 and 499 tell of a request that was given up, not of what it did.
  const definite = reply.status < 500 && ![408, 499].includes(reply.status) && errors.length > 0;
  const code = errors.some(isPlanPending) && definite ? 'upstream_busy' : codeOfStatus(reply.status);
  const codes = errors.map((error) => error.code).filter((text) => /^[\w.-]{1,120}$/.test(text));
  const named = codes.length > 0 ? `: ${codes.join(', ')}` : '';
  return fault(code, site, `answered ${reply.status}${named}${limitNote(reply)}`, {
    ...(definite && NOT_APPLIED),
    ...retryAfter(reply),
  });
}

/** "resource [x] has a plan still pending, cancel that or wait": seen by elastic/kibana .buildkite/scripts/steps/cloud */
export function isPlanPending(error: UpstreamError): boolean {
  return (
    /plan still pending/i.test(error.message) ||
    error.code === 'deployments.deployment_resource_plan_change_error'
  );
}

function codeOfStatus(status: number): Code {
  if (status >= 500) return 'upstream_error';
  return CODE_OF_STATUS[status] ?? 'upstream_rejected';
}

const CODE_OF_STATUS: Readonly<Record<number, Code>> = {
  401: 'upstream_unauthenticated',
  403: 'upstream_forbidden',
  404: 'upstream_not_found',
  408: 'upstream_timeout',
  409: 'upstream_busy',
  429: 'upstream_rate_limited',
  449: 'upstream_elevation_required',
};

function limitNote(reply: Pick<HttpReply, 'status' | 'headers'>): string {
  return reply.status === 429 ? describeRateLimit(reply.headers) : '';
}

function retryAfter(reply: Pick<HttpReply, 'headers'>): RotorErrorOptions {
  const ms = retryAfterMs(reply.headers, Date.now());
  return ms === undefined ? {} : { retryAfterMs: ms };
}

function hostOf(location: string | undefined, site: Site): string {
  if (location === undefined) return 'no other address';
  return URL.parse(location, `https://${site.host}`)?.host ?? 'an address that cannot be parsed';
}

function fault(code: Code, site: Site, found: string, options: RotorErrorOptions = {}): RotorError {
  return new RotorError(code, `${site.host}: ${site.operation}: ${found}.`, options);
}

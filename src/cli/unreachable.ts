import { fieldOf } from '../config/plain.js';
import { RotorError, systemCode } from '../rotation/errors.js';

type Why = { readonly found: string; readonly hint: string };

const ELSEWHERE = 'Give the address that it is reached at: ROTOR_ADDR, or the one of the context.';
const NOT_STARTED: Why = {
  found: 'the connection was refused',
  hint: 'Start it with `rotor serve`, or set ROTOR_ADDR to where it listens.',
};
const NO_NAME: Why = { found: 'there is no address for the name of the host', hint: ELSEWHERE };
const REDIRECT: Why = {
  found: 'it answers with a redirect, which is not followed, so that the API token goes nowhere else',
  hint: ELSEWHERE,
};
const TOO_LATE: Why = {
  found: 'no connection in time',
  hint: 'See whether a firewall or a proxy is in the way, or set ROTOR_ADDR to where it listens.',
};
const NO_WAY: Why = { ...TOO_LATE, found: 'there is no way to that host' };
const SILENT: Why = { ...TOO_LATE, found: 'no answer in time' };

/** https://nodejs.org/docs/latest-v24.x/api/errors.html#common-system-errors, and undici docs/docs/api/Errors.md. */
const BY_CODE: Readonly<Record<string, Why>> = {
  ECONNREFUSED: NOT_STARTED,
  ENOTFOUND: NO_NAME,
  EAI_AGAIN: { ...NO_NAME, found: 'the name of the host could not be looked up' },
  ETIMEDOUT: TOO_LATE,
  UND_ERR_CONNECT_TIMEOUT: TOO_LATE,
  UND_ERR_HEADERS_TIMEOUT: SILENT,
  UND_ERR_BODY_TIMEOUT: SILENT,
  EHOSTUNREACH: NO_WAY,
  ENETUNREACH: NO_WAY,
};

/** `failure`: what `fetch` has thrown, which keeps the reason as its cause. */
export function unreachable(address: string, failure: unknown): RotorError {
  const cause = fieldOf(failure, 'cause') ?? failure;
  const code = systemCode(cause);
  const { found, hint } = whyOf(code, cause);
  const named = code === undefined ? '' : ` (${code})`;
  return new RotorError('server_unreachable', `no Rotor answers at ${address}: ${found}${named}`, {
    cause,
    hint,
  });
}

function whyOf(code: string | undefined, cause: unknown): Why {
  if (code === undefined) {
    if (fieldOf(cause, 'name') === 'TimeoutError') return SILENT;
    const message = fieldOf(cause, 'message');
    const said = typeof message === 'string' ? message : 'no answer';
    return said === 'unexpected redirect' ? REDIRECT : { ...NOT_STARTED, found: said };
  }
  if (/CERT|SIGNATURE|ISSUER/.test(code))
    return {
      found: 'its certificate was not trusted',
      hint: 'Correct the address, or name the authority of the certificate in NODE_EXTRA_CA_CERTS.',
    };
  if (/^(ERR_SSL_|EPROTO$)/.test(code))
    return {
      found: 'what listens there speaks no TLS that could be agreed on',
      hint: 'Where Rotor itself listens, on this machine, the address begins with http://; TLS is of a proxy in front of it.',
    };
  return BY_CODE[code] ?? { ...TOO_LATE, found: 'the connection broke before an answer came' };
}

import { asRotorError, RotorError } from '../../rotation/errors.js';
import { shortened } from '../../rotation/well-formed.js';
import type { Problem } from '../problems.js';
import { ApiRefusal, type Place } from './api.js';

/** Thrown within the adapter, to be named with the target. */
export class Trouble extends Error {
  constructor(readonly problem: Problem) {
    super(problem.what);
  }
}

export const STOPPED: Problem = { what: 'the work was stopped', retryable: true };

/** `deployment shop/checkout` */
export function nameOf({ kind, namespace, name }: Place): string {
  return `${kind.word} ${namespace}/${name ?? '*'}`;
}

const LONGEST_WORDS = 300;

/** What the API server says may quote what it was sent: `veiled` are the values that must not come out again. */
export function problemOf(place: Place | string, error: unknown, veiled: readonly string[] = []): Problem {
  if (error instanceof Trouble) return error.problem;
  const where = typeof place === 'string' ? place : nameOf(place);
  if (error instanceof ApiRefusal) return refusedBy(where, error, veiled);
  const { message, hint, retryable, retryAfterMs } = asRotorError(error);
  return {
    what: `${where}: ${message.replace(/\.$/, '')}`,
    retryable: retryable || (error instanceof RotorError && error.code === 'upstream_unauthenticated'),
    cause: error,
    ...(hint !== undefined && { hint }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

export const GRANT = 'Give the user of Rotor what deploy/kubernetes/rbac.yaml lists.';

const HINTS: Readonly<Record<number, string>> = {
  401: 'The API server does not know the credential: renew it, or the kubeconfig.',
  403: GRANT,
};

/** Those that pass by themselves: the credential is read again, the limit ends, a conflict is over. */
const MAY_PASS = new Set([401, 408, 409, 429]);

function refusedBy(where: string, error: ApiRefusal, veiled: readonly string[]): Problem {
  const { status, reason, retryAfterMs } = error;
  const hint = HINTS[status];
  return {
    what: `${where}: the API server answered ${status} ${reason}: ${said(error.message, veiled)}`,
    retryable: MAY_PASS.has(status) || status >= 500,
    ...(hint !== undefined && { hint }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

function said(message: string, veiled: readonly string[]): string {
  const hidden = veiled
    .filter((value) => value !== '')
    .reduce((text, value) => text.replaceAll(value, '[secret]'), message);
  const line = hidden.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  return shortened(line, LONGEST_WORDS).replace(/\.$/, '');
}

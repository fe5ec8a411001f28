import { codeNamed, RotorError } from '../rotation/errors.js';

/** What the service answers where something failed. */
export type Problem = {
  readonly status?: number;
  readonly code?: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly runId?: string;
  readonly approvalId?: string;
};

const WRONG_TOKEN =
  'Set ROTOR_TOKEN to the API token of that service, or ROTOR_STATE_DIR to its state directory.';

/** Keeps the service's own words; the status decides the exit code where its code is not known here. */
export function problem(status: number, { code, detail, hint, runId, approvalId }: Problem): RotorError {
  const byStatus = {
    400: 'request_invalid',
    401: 'unauthenticated',
    403: 'scope_missing',
    404: 'not_found',
    409: 'rotation_in_progress',
    429: 'rate_limited',
  } as const;
  const known = codeNamed(code) ?? byStatus[status as keyof typeof byStatus] ?? 'internal';
  const next = known === 'unauthenticated' ? WRONG_TOKEN : hint;
  return new RotorError(known, detail ?? `Rotor answered ${status}`, {
    ...(next !== undefined && { hint: next }),
    ...(runId !== undefined && { runId }),
    ...(approvalId !== undefined && { approvalId }),
  });
}

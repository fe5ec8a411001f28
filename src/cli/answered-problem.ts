import { codeNamed, RotorError } from '../rotation/errors.js';

type Fault = { readonly detail: string; readonly pointer?: string; readonly parameter?: string };

/** What the service answers where something failed. */
export type Problem = {
  readonly status?: number;
  readonly code?: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly runId?: string;
  readonly approvalId?: string;
  readonly errors?: readonly Fault[];
};

const WRONG_TOKEN =
  'Set ROTOR_TOKEN to the API token of that service, or ROTOR_STATE_DIR to its state directory.';

/** Where what a person typed has another name in the API than its own. */
const OPTIONS: Readonly<Record<string, string>> = { expiresInDays: 'expires', grants: 'grant' };
const TYPED = new Set([
  'by',
  'comment',
  'expires',
  'grant',
  'limit',
  'max',
  'outcome',
  'reason',
  'selector',
  'since',
  'state',
  'until',
]);

/** The faults of a request, each with the option that it came from; undefined where one came from none. */
function typedFaults(faults: readonly Fault[] = []): string | undefined {
  const told = faults.map(({ detail, pointer = '', parameter = pointer.split('/')[1] ?? '' }) => {
    const option = OPTIONS[parameter] ?? parameter;
    return TYPED.has(option) ? `--${option}: ${detail}` : undefined;
  });
  return told.length === 0 || told.includes(undefined) ? undefined : told.join(' ');
}

/** Keeps the service's own words; the status decides the exit code where its code is not known here. */
export function problem(
  status: number,
  { code, detail, hint, runId, approvalId, errors }: Problem,
): RotorError {
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
  return new RotorError(known, typedFaults(errors) ?? detail ?? `Rotor answered ${status}`, {
    ...(next !== undefined && { hint: next }),
    ...(runId !== undefined && { runId }),
    ...(approvalId !== undefined && { approvalId }),
  });
}

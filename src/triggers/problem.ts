import type { RotorError } from '../rotation/errors.js';
import { requestFaultsOf } from './api/request-faults.js';
import { titleOf, typeOf } from './problems/page.js';

export type About = {
  /** Where people reach the API, without a slash at the end; '': as a reference from where it was asked. */
  readonly baseUrl?: string;
  /** Of the request: its `id`. */
  readonly traceId?: string;
};

/** What a controller asks for with `@Req()` to say of which request a problem is. */
export type Traced = { readonly id: string };

/** RFC 9457 problem details: what the API answers, and what a command prints with `--json`. */
export function problemOf(error: RotorError, { baseUrl = '', traceId }: About = {}) {
  const errors = requestFaultsOf(error);
  return {
    type: typeOf(error.code, baseUrl),
    title: titleOf(error.code),
    status: error.httpStatus,
    code: error.code,
    detail: error.message,
    ...(error.hint !== undefined && { hint: error.hint }),
    ...(error.runId !== undefined && { runId: error.runId }),
    ...(error.approvalId !== undefined && { approvalId: error.approvalId }),
    ...(traceId !== undefined && { traceId }),
    ...(errors.length > 0 && { errors: [...errors] }),
  };
}

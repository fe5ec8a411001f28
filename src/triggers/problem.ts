import type { RotorError } from '../rotation/errors.js';
import { requestFaultsOf } from './api/request-faults.js';

/** RFC 9457 problem details: what the API answers, and what a command prints with `--json`. */
export function problemOf(error: RotorError) {
  const errors = requestFaultsOf(error);
  return {
    type: `urn:rotor:problem:${error.code}`,
    title: error.code.replaceAll('_', ' '),
    status: error.httpStatus,
    code: error.code,
    detail: error.message,
    ...(error.hint !== undefined && { hint: error.hint }),
    ...(error.runId !== undefined && { runId: error.runId }),
    ...(errors.length > 0 && { errors: [...errors] }),
  };
}

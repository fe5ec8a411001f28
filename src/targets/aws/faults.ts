import { nameOf } from '../../aws/cause.js';
import type { AwsService } from '../../aws/clients.js';
import {
  causeOf,
  throttled,
  verdictOn,
  type Attempt,
  type Classify,
  type Verdict,
} from '../../aws/verdict.js';
import { RotorError } from '../../rotation/errors.js';

const BY_NAME: Readonly<Record<string, Classify>> = {
  AccessDeniedException: denied,
  AccessDenied: denied,

  // Of Systems Manager, for a host that is not registered or is stopped; it may come back.
  InvalidInstanceId: () => ({
    is: 'unavailable',
    why: 'AWS does not know one of the hosts, or it is not running (InvalidInstanceId)',
    hint: 'Take it out, or start it and its agent of Systems Manager.',
  }),
  ServiceQuotaExceededException: throttled,
};

/** Anything that the SDK threw, as the one error class. Of its own error only a stripped cause is kept. */
export function awsFault(
  target: string,
  service: AwsService,
): (error: unknown, action: string) => RotorError {
  return (error, action) => {
    if (error instanceof RotorError) return error;
    const attempt = { service: service.name, what: `${service.iam}:${action}` };
    const verdict = verdictOn(error, attempt, BY_NAME, unacceptable);
    const { is, why, hint, retryable = is === 'unavailable' } = verdict;
    return new RotorError('target_failed', `Target ${target}: ${why}.`, {
      cause: causeOf(error),
      retryable,
      ...(hint !== undefined && { hint }),
    });
  };
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

/** What several targets read together has failed: each of them tells it in its own name. */
class CommonFailure extends Error {
  constructor(
    readonly action: string,
    override readonly cause: unknown,
  ) {
    super(`${action} has failed`, { cause });
  }
}

export function commonFault(error: unknown, action: string): CommonFailure {
  return new CommonFailure(action, error);
}

export function isDenied(error: unknown): boolean {
  const { cause } = error instanceof CommonFailure ? error : { cause: error };
  return ['AccessDenied', 'AccessDeniedException'].includes(nameOf(cause));
}

/** `action`: what was waited for when the work was stopped. */
export function ownFault(fault: ReturnType<typeof awsFault>, error: unknown, action: string): RotorError {
  return error instanceof CommonFailure ? fault(error.cause, error.action) : fault(error, action);
}

function denied({ what }: Attempt): Verdict {
  return {
    is: 'denied',
    why: `AWS denies ${what}`,
    hint: `Allow ${what} in the policy of Rotor's role; deploy/aws has one that is enough.`,
  };
}

function unacceptable({ what }: Attempt, error: unknown): Verdict {
  return { is: 'refused', why: `AWS refuses ${what} (${nameOf(error)})` };
}

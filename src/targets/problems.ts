import { RotorError } from '../rotation/errors.js';

/** One thing of a target that did not work: a sentence without its end, and what may be done about it. */
export type Problem = {
  readonly what: string;
  readonly hint?: string | undefined;
  readonly retryable: boolean;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
};

const MOST_NAMED = 10;

/** One error of one or of several problems, of so many parts; nothing that failed hides another. */
export function joined(
  code: 'target_refused' | 'target_failed',
  where: string,
  problems: readonly Problem[],
  of?: number,
): RotorError {
  const named = problems.slice(0, MOST_NAMED).map(({ what }) => `${what}.`);
  const more = problems.length > MOST_NAMED ? [`And ${problems.length - MOST_NAMED} more.`] : [];
  const count =
    problems.length > 1 && of !== undefined ? [`${problems.length} of ${of} did not get through.`] : [];
  const hint = problems.find((problem) => problem.hint !== undefined)?.hint;
  const retryAfterMs = Math.max(0, ...problems.map((problem) => problem.retryAfterMs ?? 0));
  const cause = problems.find((problem) => problem.cause !== undefined)?.cause;
  return new RotorError(code, `${where}: ${[...count, ...named, ...more].join(' ')}`, {
    // A refusal is heeded only where it would be the same again.
    retryable:
      code === 'target_failed'
        ? problems.some(({ retryable }) => retryable)
        : problems.every(({ retryable }) => retryable),
    cause,
    ...(hint !== undefined && { hint }),
    ...(retryAfterMs > 0 && { retryAfterMs }),
  });
}

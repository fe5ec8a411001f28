import { asRotorError, RotorError } from '../../rotation/errors.js';

/** A part of a target, such as `service checkout`. */
export type Part<Item> = { readonly name: string; readonly item: Item };

type Problem = { readonly what: string; readonly error: RotorError };

const MOST_NAMED = 10;

/**
 * One part after the other: one that fails stops none, and hides none in the error. That may be tried again where any of
 * them may.
 */
export async function inTurn<Item>(
  target: string,
  parts: readonly Part<Item>[],
  work: (item: Item) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const problems: Problem[] = [];
  for (const { name, item } of parts) {
    try {
      await work(item);
    } catch (error) {
      if (signal.aborted) throw error;
      problems.push(problemOf(target, name, asRotorError(error)));
    }
  }
  if (problems.length > 0) throw joined(target, problems, parts.length);
}

function problemOf(target: string, part: string, error: RotorError): Problem {
  const said = error.message.replace(`Target ${target}: `, '');
  return { what: said.includes(part) ? said : `${part}: ${said}`, error };
}

function joined(target: string, problems: readonly Problem[], of: number): RotorError {
  const errors = problems.map(({ error }) => error);
  const named = problems.slice(0, MOST_NAMED).map(({ what }) => what);
  const more = problems.length > MOST_NAMED ? [`And ${problems.length - MOST_NAMED} more.`] : [];
  const count = problems.length > 1 ? [`${problems.length} of ${of} did not get through.`] : [];
  const hint = errors.find((error) => error.hint !== undefined)?.hint;
  const retryAfterMs = Math.max(0, ...errors.map((error) => error.retryAfterMs ?? 0));
  return new RotorError('target_failed', `Target ${target}: ${[...count, ...named, ...more].join(' ')}`, {
    retryable: errors.some(({ retryable }) => retryable),
    cause: errors[0]?.cause,
    ...(hint !== undefined && { hint }),
    ...(retryAfterMs > 0 && { retryAfterMs }),
  });
}

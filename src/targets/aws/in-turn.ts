import { asRotorError, type RotorError } from '../../rotation/errors.js';
import { joined, type Problem } from '../problems.js';

/** A part of a target, such as `service checkout`. */
export type Part<Item> = { readonly name: string; readonly item: Item };

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
  if (problems.length > 0) throw joined('target_failed', `Target ${target}`, problems, parts.length);
}

function problemOf(target: string, part: string, error: RotorError): Problem {
  const { message, hint, retryable, retryAfterMs, cause } = error;
  const said = message.replace(`Target ${target}: `, '').replace(/\.$/, '');
  return { what: said.includes(part) ? said : `${part}: ${said}`, hint, retryable, retryAfterMs, cause };
}

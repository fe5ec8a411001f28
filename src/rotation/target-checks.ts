import pLimit from 'p-limit';
import type { Finding } from '../targets/target.js';
import { asRotorError, RotorError } from './errors.js';
import type { NamedTarget } from './ports.js';

const AT_ONCE = 20;
/** Of five hundred that fail alike, nobody reads more. */
const NAMED = 10;

/**
 * Asks every target whether a delivery could work, and returns what they found. One that fails hides no other: where
 * several do, the error names them all. It may be tried again only where each of them may.
 */
export async function checkTargets(
  targets: readonly NamedTarget[],
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const limit = pLimit(AT_ONCE);
  const errors: RotorError[] = [];
  const findings = await Promise.all(
    targets.map(async ({ target }) =>
      limit(async () => {
        signal.throwIfAborted();
        return target.preflight(signal).catch((error: unknown): readonly Finding[] => {
          errors.push(asRotorError(error));
          return [];
        });
      }),
    ),
  );
  signal.throwIfAborted();
  if (errors.length > 0) throw joined(errors);
  return findings.flat();
}

function joined(errors: readonly RotorError[]): RotorError {
  // What cannot pass by itself decides.
  const [first] = errors.toSorted((a, b) => Number(a.retryable) - Number(b.retryable));
  if (!first || errors.length === 1) return first ?? asRotorError(undefined);
  const more = errors.length - NAMED;
  const messages = errors
    .slice(0, NAMED)
    .map(({ message, hint }) => [message, hint].filter(Boolean).join(' '));
  const rest = more > 0 ? [`And ${more} more.`] : [];
  const message = `${errors.length} targets could not be delivered to. ${[...messages, ...rest].join(' ')}`;
  return new RotorError(first.code, message, { cause: first, retryable: first.retryable });
}

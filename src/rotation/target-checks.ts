import pLimit from 'p-limit';
import type { Finding, Known } from '../targets/target.js';
import { asRotorError, RotorError, sentenceOf } from './errors.js';
import type { NamedTarget } from './ports.js';

const AT_ONCE = 20;
/** Of five hundred that fail alike, nobody reads more. */
const NAMED = 10;

export type Refused = { readonly target: string; readonly error: RotorError };

/** Asks every target whether a delivery could work. One that refuses hides no other. */
export async function askTargets(
  targets: readonly NamedTarget[],
  signal: AbortSignal,
  known?: Known,
): Promise<{ readonly findings: readonly Finding[]; readonly refused: readonly Refused[] }> {
  const limit = pLimit(AT_ONCE);
  const refused: Refused[] = [];
  const findings = await Promise.all(
    targets.map(async ({ name, target }) =>
      limit(async () => {
        signal.throwIfAborted();
        return target.preflight(signal, known).catch((error: unknown): readonly Finding[] => {
          refused.push({ target: name, error: asRotorError(error) });
          return [];
        });
      }),
    ),
  );
  signal.throwIfAborted();
  return { findings: findings.flat(), refused };
}

/**
 * Returns what the targets found. Where several refuse, the error names them all; it may be tried again only where each
 * of them may.
 */
export async function checkTargets(
  targets: readonly NamedTarget[],
  signal: AbortSignal,
  known?: Known,
): Promise<readonly Finding[]> {
  const { findings, refused } = await askTargets(targets, signal, known);
  if (refused.length > 0) throw joined(refused.map(({ error }) => error));
  return findings;
}

function joined(errors: readonly RotorError[]): RotorError {
  // What cannot pass by itself decides.
  const [first] = errors.toSorted((a, b) => Number(a.retryable) - Number(b.retryable));
  if (!first || errors.length === 1) return first ?? asRotorError(undefined);
  const more = errors.length - NAMED;
  const messages = errors.slice(0, NAMED).map(sentenceOf);
  const rest = more > 0 ? [`And ${more} more.`] : [];
  const message = `${errors.length} targets could not be delivered to. ${[...messages, ...rest].join(' ')}`;
  return new RotorError(first.code, message, { cause: first, retryable: first.retryable });
}

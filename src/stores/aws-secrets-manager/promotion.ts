import { RotorError } from '../../rotation/errors.js';
import type { VersionId } from '../store.js';
import type { SecretApi } from './api.js';
import { CURRENT } from './labels.js';
import { patiently } from './patience.js';
import { currentOf, type VersionReader } from './reader.js';

export type PromotionParts = {
  readonly api: SecretApi;
  readonly reader: VersionReader;
  readonly place: string;
  readonly delaysMs: readonly number[];
};

type Wish = { readonly version: VersionId; readonly expected: VersionId };

/** Moves AWSCURRENT from `expected` to `version`; `store_conflict` where it is on neither. */
export async function promote(parts: PromotionParts, wish: Wish, signal: AbortSignal): Promise<void> {
  const { version, expected } = wish;
  // A version holds the whole value: with older neighbours in it, it would undo what somebody changed since.
  const isFresh = await parts.reader.agreeBesides(version, expected, signal);
  const ended = await patiently(() => tryToMove(parts, wish, isFresh, signal), parts.delaysMs, signal);
  if (ended === 'promoted') return;
  if (ended === undefined) throw await parts.reader.absence(version, signal);
  throw isFresh ? moved(parts.place, ended.current, expected) : stale(parts.place, wish);
}

/** undefined: what AWS shows is older than what it has just acted on. */
async function tryToMove(
  { api }: PromotionParts,
  { version, expected }: Wish,
  isFresh: boolean,
  signal: AbortSignal,
): Promise<'promoted' | { current: VersionId } | undefined> {
  const move = { label: CURRENT, to: version, from: expected };
  if (isFresh && (await api.move(move, signal)) === 'moved') return 'promoted';
  const current = currentOf(await api.describe(signal));
  if (current === version) return 'promoted';
  if (current === undefined || (isFresh && current === expected)) return undefined;
  return { current };
}

function moved(place: string, current: VersionId, expected: VersionId): RotorError {
  return new RotorError(
    'store_conflict',
    `The current version of ${place} is ${current}, not ${expected}: somebody else has moved it.`,
    { hint: 'See in CloudTrail who wrote the secret; one secret should have one writer.' },
  );
}

function stale(place: string, { version, expected }: Wish): RotorError {
  return new RotorError(
    'store_conflict',
    `The other keys of version ${version} of ${place} differ from those of version ${expected}: to make it current would undo somebody's change.`,
    { hint: 'A token that is staged anew takes the other keys over as they are.' },
  );
}

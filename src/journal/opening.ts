import { isDeepStrictEqual } from 'node:util';
import type { Run } from '../rotation/run.js';
import { digest } from './digest.js';
import { changeOf } from './forms.js';
import { changedBy } from './rows.js';
import type { Tables } from './tables.js';

/** Hash of what no later entry changes. */
export function openingOf({
  rotation,
  mode,
  trigger,
  storeKey,
  spec,
  policy,
  planned,
  only,
  acked,
}: Run): string {
  // Hashed where they are there: runs of before they were known keep their hash.
  const later = [...(planned ? [planned] : []), ...(only ? [only] : []), ...(acked ? [acked] : [])];
  return digest([rotation, mode, trigger, storeKey, spec, policy, ...later]);
}

/**
 * Whether the run is what its entries have made of it; undefined where they do not tell, since it was opened before
 * entries said what with.
 */
export function followsFrom(entries: readonly Tables['entry'][], run: Run): boolean | undefined {
  const [first, ...rest] = entries;
  const opening = first && changeOf(first).opening;
  if (!first || opening === undefined) return undefined;
  if (opening !== openingOf(run)) return false;
  const { id, rotation, mode, trigger, storeKey, spec, policy, planned, only, acked } = run;
  const opened: Run = {
    id,
    rotation,
    mode,
    trigger,
    storeKey,
    spec,
    policy,
    ...(planned && { planned }),
    ...(only && { only }),
    ...(acked && { acked }),
    state: { state: 'preparing' },
    deliveries: [],
    measure: {},
    startedAt: first.at,
  };
  const made = rest.reduce((before, entry) => changedBy(changeOf(entry), before, entry.at), opened);
  return isDeepStrictEqual(JSON.parse(JSON.stringify(made)), JSON.parse(JSON.stringify(run)));
}

import type { Observation } from '../targets/target.js';
import type { Run } from './run.js';
import type { Fingerprint } from './secret.js';

/** Whether an instance is proven to run with another token: one that only is not ready yet, or is off, is not. */
export function isBehind(observation: Observation): boolean {
  if (observation.state !== 'pending' && observation.state !== 'failed') return false;
  const { seen, of, other = of - seen } = observation;
  return other > 0;
}

export type Behind = { readonly behind: readonly string[]; readonly held: readonly string[] };

/** Those whose turn somebody, or the strategy, has kept from coming are told apart: nobody but a person undoes that. */
export function heldApart(
  behind: readonly string[],
  current: Fingerprint,
  last: Pick<Run, 'deliveries'> | undefined,
): Behind {
  const skipped = new Set(
    (last?.deliveries ?? [])
      .filter(({ state, fingerprint }) => state === 'skipped' && fingerprint === current)
      .map(({ target }) => target),
  );
  return {
    behind: behind.filter((name) => !skipped.has(name)),
    held: behind.filter((name) => skipped.has(name)),
  };
}

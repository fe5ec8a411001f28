import type { Observation } from '../targets/target.js';
import { hasBegun, isOver, type Delivery } from './delivery.js';
import type { Run } from './run.js';
import type { Fingerprint } from './secret.js';

/**
 * Whether an instance is proven to run with another token: one that only is not ready yet, or is off, is not. `isTold`: a
 * person says that the target has this one, which counts where nothing is seen.
 */
export function isBehind(observation: Observation, isTold = false): boolean {
  if (observation.state !== 'pending' && observation.state !== 'failed') return false;
  if (isTold && observation.state === 'pending' && observation.unseen) return false;
  const { seen, of, other = of - seen } = observation;
  return other > 0;
}

type Delivering = Pick<Run, 'deliveries' | 'paused'>;

/** Whether the strategy, or a person, keeps the turn of this delivery from coming: nobody but a person undoes that. */
export function isHeldBack(delivery: Delivery, { paused }: Pick<Run, 'paused'>): boolean {
  return delivery.state === 'skipped' || (paused !== undefined && !isOver(delivery) && !hasBegun(delivery));
}

export type Behind = { readonly behind: readonly string[]; readonly held: readonly string[] };

/** Those that a run has held back are told apart, where it is its token that they are behind. */
export function heldApart(
  behind: readonly string[],
  current: Fingerprint,
  last: Delivering | undefined,
): Behind {
  const held = new Set(last && namesHeld(last, current));
  return {
    behind: behind.filter((name) => !held.has(name)),
    held: behind.filter((name) => held.has(name)),
  };
}

/** Whom a run that nobody has asked for may deliver to: undefined where nobody is held back. */
export function notHeld(
  targets: readonly string[],
  last: Delivering | undefined,
): readonly string[] | undefined {
  const held = new Set(last && namesHeld(last));
  return held.size === 0 ? undefined : targets.filter((name) => !held.has(name));
}

function namesHeld(last: Delivering, fingerprint?: Fingerprint): string[] {
  return last.deliveries
    .filter((one) => isHeldBack(one, last) && (fingerprint === undefined || one.fingerprint === fingerprint))
    .map(({ target }) => target);
}

/** Those of which a person has said that they have this token. */
export function namesTold(
  last: Pick<Run, 'deliveries'> | undefined,
  current: Fingerprint,
): ReadonlySet<string> {
  const told = last?.deliveries.filter((one) => one.acknowledged && one.fingerprint === current) ?? [];
  return new Set(told.map(({ target }) => target));
}

import { isOver, type Delivery } from './delivery.js';
import type { NamedTarget } from './ports.js';
import type { Run } from './run.js';
import type { Fingerprint } from './secret.js';
import { turnsOf } from './waves.js';

type Named = Pick<NamedTarget, 'name' | 'wave'>;

/**
 * What a run begins its deliveries with. One that is for a few targets alone keeps what the run before it has made of
 * the others with the same token: it succeeds only if all of them have it.
 */
export function firstLedger(
  { only, policy }: Pick<Run, 'only' | 'policy'>,
  fingerprint: Fingerprint,
  targets: readonly Named[],
  before: readonly Delivery[],
): Delivery[] {
  const kept = new Map(
    before
      .filter((one) => one.fingerprint === fingerprint && isOver(one) && one.state !== 'superseded')
      .map((one) => [one.target, one]),
  );
  const turns = turnsOf(targets, policy.waves ?? []);
  return targets.map(({ name }) => {
    const left = only && !only.includes(name) ? kept.get(name) : undefined;
    return left ?? { target: name, state: 'waiting', fingerprint, tries: 0, wave: turns.get(name) ?? 1 };
  });
}

import { isHeldBack } from './behind.js';
import { isOver, skipped, type Delivery, type DeliveryState } from './delivery.js';
import type { NamedTarget } from './ports.js';
import type { Run } from './run.js';
import type { Fingerprint } from './secret.js';
import { turnsOf, type Wave } from './waves.js';

type Named = Pick<NamedTarget, 'name' | 'wave' | 'isSameIn'>;
type Before = Pick<Run, 'id' | 'deliveries' | 'paused' | 'spec'>;

/**
 * What a run begins its deliveries with. One that is for a few targets alone keeps what the run before it has made of
 * the others with the same token: it succeeds only if all of them have it. Whoever stands under the name of one that has
 * it and is another one by now, on another host say, is delivered to.
 */
export function firstLedger(
  run: Pick<Run, 'only' | 'policy' | 'refused' | 'acked' | 'startedAt'>,
  fingerprint: Fingerprint,
  targets: readonly Named[],
  before: Before | undefined,
): Delivery[] {
  const { only, policy, refused = [], acked = [], startedAt } = run;
  const kept = new Map(
    leftOf(before)
      .filter((one) => one.fingerprint === fingerprint && isOver(one) && one.state !== 'superseded')
      .map((one) => [one.target, one]),
  );
  const turns = turnsWith(only, targets, policy.waves ?? []);
  return targets.map((named) => {
    const { name } = named;
    const left = only && !only.includes(name) ? kept.get(name) : undefined;
    const isAnother = left !== undefined && SAID_TO_HAVE_IT.has(left.state) && !isSame(named, before);
    if (left && !isAnother) return left;
    const delivery = {
      target: name,
      state: 'waiting',
      fingerprint,
      tries: 0,
      wave: turns.get(name) ?? 1,
      ...(isAnother && { detail: `its config is another one than that which ${before?.id} delivered by` }),
    } as const;
    const word = acked.find((one) => one.target === name && one.fingerprint === fingerprint);
    if (word) {
      const { target: _target, fingerprint: _fingerprint, ...said } = word;
      return { ...delivery, state: 'observing', acknowledged: { ...said, at: startedAt } };
    }
    const refusal = refused.find(({ target }) => target === name);
    if (!refusal) return delivery;
    return { ...delivery, state: 'failed', problem: { code: 'target_refused', detail: refusal.detail } };
  });
}

/** What was seen of one is no word on another that has its name. */
const SAID_TO_HAVE_IT: ReadonlySet<DeliveryState> = new Set(['converged', 'assumed', 'needs_release']);

function isSame({ isSameIn }: Named, before: Before | undefined): boolean {
  return before === undefined || isSameIn === undefined || isSameIn(before.spec);
}

/** Whoever is named does not wait for anybody who is not. */
function turnsWith(
  only: Run['only'],
  targets: readonly Named[],
  waves: readonly Wave[],
): ReadonlyMap<string, number> {
  const isNamed = ({ name }: Named): boolean => only?.includes(name) !== false;
  const named = turnsOf(targets.filter(isNamed), waves);
  const last = Math.max(0, ...named.values());
  const others = turnsOf(
    targets.filter((target) => !isNamed(target)),
    waves,
  );
  return new Map([...named, ...[...others].map(([name, turn]) => [name, last + turn] as const)]);
}

/** What a pause has held back stays so: a delivery to one target is no word on the others. */
function leftOf(before: Before | undefined): readonly Delivery[] {
  if (!before?.paused) return before?.deliveries ?? [];
  const { id, paused, deliveries } = before;
  const why = `held back by the pause of ${id}: ${paused.reason}`;
  return deliveries.map((one) =>
    isHeldBack(one, before) && one.state !== 'skipped' ? skipped(one, why) : one,
  );
}

import type { Journal } from '../journal/journal.js';
import type { Observation } from '../targets/target.js';
import { heldApart, isBehind, namesTold } from './behind.js';
import type { Clock } from './clock.js';
import { driftOf, lastOf, type Drift } from './drift.js';
import { asRotorError } from './errors.js';
import { Look } from './look.js';
import type { NamedTarget } from './ports.js';
import { leftBy } from './run.js';
import type { Fingerprint } from './secret.js';
import type { Watched } from './watch.js';
import { acceptedByAll, refusedByAll, type Acceptance } from './world.js';

/** What one look has seen. */
export type Verification = {
  readonly rotation: string;
  /**
   * `in_step` only where every fresh connection accepted the store's token and refused a random one. `busy`: a change is
   * on its way, so nothing can be said yet. `unknown`: something could not be seen, and what was seen is no drift.
   */
  readonly verdict: 'in_step' | 'drifted' | 'busy' | 'unknown';
  readonly busy: string | null;
  readonly drift: Drift | null;
  /** Null where the issuer does not show it. */
  readonly issuer: Fingerprint | null;
  /** Null where the store has none. */
  readonly store: Fingerprint | null;
  /** Fresh connections with the store's token; null where none were made. */
  readonly connections: Acceptance | null;
  readonly targets: readonly SeenTarget[];
};

/** `unknown`: the look at it failed, with this sentence. */
export type SeenTarget = { readonly name: string } & (
  Observation | { readonly state: 'unknown'; readonly why: string }
);

/**
 * What the watch sees, now and once: it acts on what it has seen twice. Changes nothing. Throws what a port throws, and
 * `config_invalid` where the ports cannot be built.
 */
export async function verify(
  { name, policy, ports, isDriven = false }: Pick<Watched, 'name' | 'policy' | 'ports' | 'isDriven'>,
  { journal, clock }: { readonly journal: Pick<Journal, 'lastSettled'>; readonly clock: Clock },
  signal: AbortSignal,
): Promise<Verification> {
  const opened = ports();
  const resource = await opened.issuers.resolve(signal);
  const known = await journal.lastSettled(name);
  const look = new Look(opened, clock, async () => leftBy(known));
  const world = await look.between({ rotation: name, resource, policy }, signal);
  const { issuer, store, probes, bogus } = world;
  const { current } = store;
  const targets = current ? await seenTargets(opened.targets, current.fingerprint, signal) : [];
  const drift = driftOf({
    rotation: name,
    ...world,
    last: known ? lastOf(known) : {},
    isDriven,
    // What nothing was delivered to is not behind.
    ...(known && current
      ? heldApart(namesBehind(targets, namesTold(known, current.fingerprint)), current.fingerprint, known)
      : { behind: [] }),
  });
  const connections = (current && probes.get(current.fingerprint)) ?? null;
  const isProven =
    acceptedByAll(connections ?? undefined) &&
    refusedByAll(bogus) &&
    targets.every(({ state }) => state === 'converged' || state === 'assumed');
  return {
    rotation: name,
    verdict: issuer.busy !== undefined ? 'busy' : drift ? 'drifted' : isProven ? 'in_step' : 'unknown',
    busy: issuer.busy ?? null,
    drift: drift ?? null,
    issuer: issuer.current === 'unreadable' ? null : issuer.current,
    store: current?.fingerprint ?? null,
    connections,
    targets,
  };
}

function namesBehind(targets: readonly SeenTarget[], told: ReadonlySet<string>): string[] {
  return targets.flatMap((target) =>
    target.state !== 'unknown' && isBehind(target, told.has(target.name)) ? [target.name] : [],
  );
}

/** Of each by itself; never throws. */
export async function seenTargets(
  targets: readonly NamedTarget[],
  current: Fingerprint,
  signal: AbortSignal,
): Promise<SeenTarget[]> {
  return Promise.all(
    targets.map(async ({ name, target }): Promise<SeenTarget> => {
      try {
        return { name, ...(await target.observe(current, signal)) };
      } catch (error) {
        return { name, state: 'unknown', why: asRotorError(error).message };
      }
    }),
  );
}

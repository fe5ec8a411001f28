import type { Journal } from '../journal/journal.js';
import type { Observation } from '../targets/target.js';
import { heldApart, isBehind, namesTold } from './behind.js';
import type { Clock } from './clock.js';
import { driftOf, lastOf, type Drift } from './drift.js';
import { asRotorError } from './errors.js';
import { Look } from './look.js';
import type { NamedTarget } from './ports.js';
import { holdsLock, leftBy, stallOf, type Run } from './run.js';
import type { Fingerprint } from './secret.js';
import type { Watched } from './watch.js';
import { acceptedByAll, refusedByAll, type Acceptance } from './world.js';

/** What one look has seen. */
export type Verification = {
  readonly rotation: string;
  /**
   * `in_step` only where every fresh connection accepted the store's token and refused a random one. `busy`: a change is
   * on its way, a run of this rotation or one at the issuer, so nothing can be said yet. `unknown`: something could not
   * be seen, and what was seen is no drift.
   */
  readonly verdict: 'in_step' | 'drifted' | 'busy' | 'unknown';
  readonly busy: string | null;
  /** The run of this rotation that is on its way, or delivers still; null where it is none. */
  readonly underWay: string | null;
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
  { journal, clock }: { readonly journal: Pick<Journal, 'lastSettled' | 'list'>; readonly clock: Clock },
  signal: AbortSignal,
): Promise<Verification> {
  const opened = ports();
  const before = await latestOf(journal, name);
  const resource = await opened.issuers.resolve(signal);
  const known = await journal.lastSettled(name);
  const look = new Look(opened, clock, async () => leftBy(known));
  const world = await look.between({ rotation: name, resource, policy }, signal);
  const { issuer, store, probes, bogus } = world;
  const { current } = store;
  const targets = current ? await seenTargets(opened.targets, current.fingerprint, signal) : [];
  const changing = await changingDuring(before, { journal, name });
  const delivering = before?.state.state === 'settled' && !before.paused ? before : undefined;
  const seenDrift = driftOf({
    rotation: name,
    ...world,
    last: known ? lastOf(known) : {},
    isDriven,
    // What nothing was delivered to is not behind, nor is anybody while the deliveries are under way.
    ...(known && current && !delivering
      ? heldApart(namesBehind(targets, namesTold(known, current.fingerprint)), current.fingerprint, known)
      : { behind: [] }),
  });
  // A run that changes the token explains all that differs, but for a server that accepts anything.
  const drift = changing && seenDrift?.kind !== 'authentication_open' ? undefined : seenDrift;
  const connections = (current && probes.get(current.fingerprint)) ?? null;
  const isServerProven = acceptedByAll(connections ?? undefined) && refusedByAll(bogus);
  const areTargetsProven = targets.every(({ state }) => state === 'converged' || state === 'assumed');
  const isArriving = delivering !== undefined && isServerProven && !areTargetsProven;
  const busy =
    (changing && wordsFor(changing)) ??
    issuer.busy ??
    (isArriving ? `${delivering.id} is bringing the token to the targets` : undefined);
  const isProven = isServerProven && areTargetsProven;
  return {
    rotation: name,
    verdict: drift ? 'drifted' : busy !== undefined ? 'busy' : isProven ? 'in_step' : 'unknown',
    busy: busy ?? null,
    underWay: (changing ?? delivering)?.id ?? null,
    drift: drift ?? null,
    issuer: issuer.current === 'unreadable' ? null : issuer.current,
    store: current?.fingerprint ?? null,
    connections,
    targets,
  };
}

type Runs = { readonly journal: Pick<Journal, 'list'>; readonly name: string };

async function latestOf(journal: Runs['journal'], rotation: string): Promise<Run | undefined> {
  const [latest] = await journal.list({ rotation, limit: 1 });
  return latest;
}

/** The run that changed the token at any time of the look: one that began or ended meanwhile, too. */
async function changingDuring(before: Run | undefined, { journal, name }: Runs): Promise<Run | undefined> {
  const after = await latestOf(journal, name);
  const isChanging = after && (after.id !== before?.id || holdsLock(before.state));
  return isChanging ? after : undefined;
}

function wordsFor({ id, state }: Run): string {
  const stall = stallOf(state);
  if (stall) return `${id} is stalled: ${stall.detail.replace(/\.$/, '')}`;
  return holdsLock(state) ? `${id} is under way` : `${id} was under way during this look`;
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

import type { Daemon } from '../../src/demo/daemon.js';
import type { Ledger } from '../../src/sandbox/ledger.js';
import type { Random } from '../../src/sandbox/random.js';
import { until } from '../fakes/until.js';
import type { Postgres } from '../journal/postgres.js';
import type { Handover } from './leases.js';
import type { Witness } from './witness.js';

/** What befell a replica, or the database: from when, and until when, in epoch milliseconds. */
export type Blow =
  | { readonly what: 'kill' | 'freeze'; readonly who: string; readonly at: number; readonly over: number }
  | { readonly what: 'restart'; readonly at: number; readonly over: number };

/** How long after its replica, or the database, was gone a run went on elsewhere. */
export type Takeover = Handover & { readonly afterMs: number };

export const TAKEOVER_MS = 15_000;
/** A guard against a takeover that never comes. */
const AT_LATEST_MS = 120_000;
const LOOK_MS = 100;
/** One freeze in so many comes while the schedule opens what is due. */
const EARLY = 2;
/** Of the runs: when so many have ended, what a replica decided before is out of date. */
const OUT_OF_DATE = 0.1;
/** Parts of the work after which something befalls somebody, and how far a seed may move them. */
const PARTS = [0.1, 0.4, 0.7] as const;
const SPREAD = 0.2;

export type Stage = {
  readonly replicas: ReadonlyMap<string, Daemon>;
  /** Another process in the place of one that is dead, under a name of its own. */
  readonly startAnew: (who: string) => Promise<void>;
  readonly postgres: Postgres;
  readonly witness: Witness;
  readonly ledger: Ledger;
  readonly rotations: number;
};

/** One of each, at moments of the work that the seed draws; they may overlap. */
export async function strike(stage: Stage, random: Random): Promise<readonly Blow[]> {
  const [one = 0, two = 0, three = 0] = random.shuffle(PARTS).map((part) => part + random.next() * SPREAD);
  const isEarly = random.int(EARLY) === 0;
  const names = random.shuffle([...stage.replicas.keys()]);
  const frozen = isEarly ? await openerAt(one, stage) : names[0];
  const killed = names.find((name) => name !== frozen);
  if (frozen === undefined || killed === undefined) throw new Error('there are too few replicas');
  const ready = isEarly ? Promise.resolve() : reached(one, stage);
  return Promise.all([
    ready.then(async () => freeze(stage, frozen, isEarly ? OUT_OF_DATE : 0)),
    reached(two, stage).then(async () => kill(stage, killed)),
    reached(three, stage).then(async () => restart(stage)),
  ]);
}

/** So much of the work is behind us: of the resets that are to be made, by what the cloud has seen. */
async function reached(part: number, { ledger, rotations }: Stage): Promise<void> {
  let resets = 0;
  await ledger.waitFor(({ kind }) => kind === 'token.reset' && ++resets >= part * rotations);
}

/** Who is at it when so many of the runs are opened. */
async function openerAt(part: number, { witness, rotations }: Stage): Promise<string> {
  let opened = await witness.opened();
  const isReached = async (): Promise<boolean> => {
    opened = await witness.opened();
    return opened.runs >= part * rotations;
  };
  await until('the schedule opens runs', isReached, AT_LATEST_MS);
  return opened.by;
}

async function kill(stage: Stage, who: string): Promise<Blow> {
  await somethingIsWith(who, stage);
  const at = Date.now();
  process.kill(pidOf(stage, who), 'SIGKILL');
  await nothingLeftWith(who, stage);
  await stage.startAnew(who);
  return { what: 'kill', who, at, over: Date.now() };
}

/** Until every run that it had has gone to others, and so many have ended: it comes back as a zombie. */
async function freeze(stage: Stage, who: string, ended: number): Promise<Blow> {
  await somethingIsWith(who, stage);
  const at = Date.now();
  process.kill(pidOf(stage, who), 'SIGSTOP');
  await nothingLeftWith(who, stage);
  const isReached = async (): Promise<boolean> => (await stage.witness.ended()) >= ended * stage.rotations;
  await until('runs end', async () => isReached().catch(isAway), AT_LATEST_MS, LOOK_MS);
  const over = Date.now();
  process.kill(pidOf(stage, who), 'SIGCONT');
  return { what: 'freeze', who, at, over };
}

async function restart({ postgres }: Stage): Promise<Blow> {
  const at = Date.now();
  await postgres.restart('immediate');
  return { what: 'restart', at, over: Date.now() };
}

/** Whoever had nothing to do when it was struck would have proven nothing. */
async function somethingIsWith(who: string, { witness }: Stage): Promise<void> {
  const isBusy = async (): Promise<boolean> => (await witness.heldBy(who)).length > 0;
  await until(`${who} works`, async () => isBusy().catch(isAway), AT_LATEST_MS, LOOK_MS);
}

async function nothingLeftWith(who: string, { witness }: Stage): Promise<void> {
  const isEmpty = async (): Promise<boolean> => (await witness.heldBy(who)).length === 0;
  await until(
    `others have taken over what ${who} had`,
    async () => isEmpty().catch(isAway),
    AT_LATEST_MS,
    LOOK_MS,
  );
}

/** It is away at this moment. */
function isAway(): false {
  return false;
}

function pidOf({ replicas }: Stage, who: string): number {
  const replica = replicas.get(who);
  if (!replica) throw new Error(`there is no replica ${who}`);
  return replica.pid;
}

/**
 * What each handover is owed to. Those that are owed to nothing took a run from a replica that was at work, and too
 * slow to renew its lease.
 */
export function accountFor(
  handovers: readonly Handover[],
  blows: readonly Blow[],
): { readonly takeovers: readonly Takeover[]; readonly tooSlow: readonly Handover[] } {
  const takeovers: Takeover[] = [];
  const tooSlow: Handover[] = [];
  for (const handover of handovers) {
    const since = blows.filter((blow) => explains(blow, handover)).map(goneAt);
    if (since.length === 0) tooSlow.push(handover);
    else takeovers.push({ ...handover, afterMs: handover.at - Math.max(...since) });
  }
  return { takeovers, tooSlow };
}

function explains(blow: Blow, { from, at }: Handover): boolean {
  if (at < blow.at) return false;
  switch (blow.what) {
    case 'kill':
      return from === blow.who;
    case 'freeze':
      return from === blow.who && at <= blow.over;
    case 'restart':
      return at <= blow.over + TAKEOVER_MS;
  }
}

/** While the database is away nobody can take anything over: it counts from when it answers again. */
function goneAt(blow: Blow): number {
  return blow.what === 'restart' ? blow.over : blow.at;
}

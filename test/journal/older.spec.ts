import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { KyselyJournal } from '../../src/journal/kysely-journal.js';
import { openSqlite } from '../../src/journal/sqlite.js';
import { Engine } from '../../src/rotation/engine.js';
import type { Clock } from '../../src/rotation/clock.js';
import { systemClock } from '../../src/rotation/clock.js';
import type { Ports } from '../../src/rotation/ports.js';
import type { Run } from '../../src/rotation/run.js';
import { Secret } from '../../src/rotation/secret.js';
import type { Pin } from '../../src/stores/store.js';
import { FakeResettableIssuer, FakeSettableIssuer } from '../fakes/fake-issuer.js';
import { FakeStore } from '../fakes/fake-store.js';
import { FakeTarget } from '../fakes/fake-target.js';
import { until } from '../fakes/until.js';
import { FakeProber, type AnyIssuer } from '../rotation/harness.js';
import { always } from '../../src/issuers/issuer.js';
import { olderJournal } from './older-journal.js';

/** The tokens of the world in which the older versions wrote; the journals know their fingerprints alone. */
const tokenOf = (name: string) =>
  new Secret(`r${createHash('sha256').update(`a token of an older journal: ${name}`).digest('hex')}`);
const OLD = tokenOf('old');
const NEW = tokenOf('new');

type World = {
  readonly chosenBy: 'server' | 'caller';
  /** What the APM Server accepts. */
  readonly accepted: Secret;
  /** What the issuer was sent besides, and its instances do not run with yet. */
  readonly sent?: true;
  readonly current: Secret;
  readonly ends: string;
};

/** One unfinished run in each, by its rotation: what the world was like when the older version stopped in it. */
const WORLDS: Readonly<Record<string, World>> = {
  preparing: { chosenBy: 'server', accepted: OLD, current: OLD, ends: 'succeeded' },
  resolved: { chosenBy: 'server', accepted: OLD, current: OLD, ends: 'succeeded' },
  anchoring: { chosenBy: 'server', accepted: OLD, current: OLD, ends: 'succeeded' },
  prepared: { chosenBy: 'server', accepted: OLD, current: OLD, ends: 'succeeded' },
  resetting: { chosenBy: 'server', accepted: OLD, sent: true, current: OLD, ends: 'succeeded' },
  accepting: { chosenBy: 'server', accepted: NEW, current: OLD, ends: 'succeeded' },
  promoting: { chosenBy: 'server', accepted: NEW, current: OLD, ends: 'succeeded' },
  settling: { chosenBy: 'server', accepted: NEW, current: NEW, ends: 'succeeded' },
  settled: { chosenBy: 'server', accepted: NEW, current: NEW, ends: 'succeeded' },
  delivering: { chosenBy: 'server', accepted: NEW, current: NEW, ends: 'succeeded' },
  setting: { chosenBy: 'caller', accepted: OLD, current: OLD, ends: 'succeeded' },
  chosen: { chosenBy: 'caller', accepted: NEW, current: OLD, ends: 'succeeded' },
  'way-back': { chosenBy: 'caller', accepted: OLD, sent: true, current: OLD, ends: 'rolled_back' },
};

/** When the newest of the older versions' entries was written, and a little. */
const RESUMED_AT = Date.UTC(2026, 10, 23, 12, 15);

const signal = new AbortController().signal;

function clockFrom(start: number): Clock {
  const began = systemClock.monotonic();
  return { ...systemClock, now: () => Math.round(start + systemClock.monotonic() - began) };
}

/** What is left of the world when the older version is gone, as the run tells of it. */
class Remains {
  readonly issuer: AnyIssuer;
  readonly store: FakeStore;

  private constructor({ rotation }: Run, world: World) {
    const options = { key: `fake:${rotation}`, token: OLD, instances: 2 };
    this.issuer =
      world.chosenBy === 'server' ? new FakeResettableIssuer(options) : new FakeSettableIssuer(options);
    this.store = new FakeStore(OLD.reveal(), `store:${rotation}`);
  }

  static async of(run: Run): Promise<Remains> {
    const world = worldOf(run);
    const remains = new Remains(run, world);
    remains.#keepWhatWasStored(run, world);
    await remains.#send(world);
    return remains;
  }

  get ports(): Ports {
    const target = new FakeTarget({ name: 'web' });
    return {
      issuers: always(this.issuer),
      store: this.store,
      targets: [{ name: 'web', target, readyTimeoutMs: 60_000 }],
      prober: new FakeProber(this.issuer),
    };
  }

  #keepWhatWasStored(run: Run, { current }: World): void {
    for (const { version, fingerprint } of pinsIn(run.state)) {
      const token = [OLD, NEW].find((one) => one.fingerprint === fingerprint);
      if (!token) throw new Error(`the run of ${run.rotation} tells of a token that its world never had`);
      this.store.values.set(version, token.reveal());
      this.store.labelled.add(version);
      if (current === NEW && token === NEW) this.store.currentVersion = version;
    }
  }

  async #send({ accepted, sent }: World): Promise<void> {
    const { issuer } = this;
    if (accepted === NEW) issuer.changeByOthers(NEW);
    if (sent && issuer.kind === 'server-chosen') issuer.resetByOthers();
    if (sent && issuer.kind === 'caller-chosen') await issuer.set(issuer.resource, NEW, 'version-1', signal);
    issuer.rollout = 'at_once';
    if (issuer.kind === 'server-chosen') issuer.apply();
  }
}

function worldOf({ rotation }: Run): World {
  const world = WORLDS[rotation];
  if (!world) throw new Error(`there is no world of ${rotation}`);
  return world;
}

function pinsIn(value: unknown): Pin[] {
  if (typeof value !== 'object' || value === null) return [];
  const isPin = 'version' in value && 'fingerprint' in value;
  return isPin ? [value as Pin] : Object.values(value).flatMap(pinsIn);
}

describe.each([
  ['the first version, without a chain', 'first.sql'],
  ['the version before entries said their form', 'chained.sql'],
])('a journal of %s', (_version, sql) => {
  let folder: string;
  let file: string;

  beforeEach(async () => {
    ({ folder, file } = await olderJournal(sql));
  });
  afterEach(async () => rm(folder, { recursive: true }));

  const entries = () => {
    const database = new DatabaseSync(file);
    const rows = database.prepare('select run_id, seq, at, body from entry order by at, run_id, seq').all();
    database.close();
    return rows;
  };

  it('is taken over: every unfinished run goes on from where it stood, to its end, and no entry is rewritten', async () => {
    const before = entries();
    const clock = clockFrom(RESUMED_AT);
    const journal = await KyselyJournal.open(openSqlite(file, clock), clock);
    const runs = await journal.list({ limit: 100 });
    expect(runs.map(({ rotation }) => rotation).toSorted()).toEqual(Object.keys(WORLDS).toSorted());
    // Who chooses the token is found with the resource; the first version had it of the config, from the opening on.
    for (const run of runs) expect('issuerKind' in run).toBe(run.resource !== undefined);
    const remains = new Map<string, Remains>();
    for (const run of runs) remains.set(run.id, await Remains.of(run));
    const troubles: string[] = [];
    const engine = new Engine({
      journal,
      clock,
      random: () => 0.5,
      portsFor: ({ id }) => (remains.get(id) as Remains).ports,
      observer: {
        troubled: (_run, { message }) => void troubles.push(message),
        crashed: (_run, { message }) => void troubles.push(message),
        credentialExpires: () => undefined,
        started: () => undefined,
        takenOver: () => undefined,
      },
    });
    engine.start();
    const left = async () =>
      (await journal.list({ limit: 100 })).filter(({ state }) => state.state !== 'ended');
    await until('every run has ended', async () => (await left()).length === 0, 50_000);
    await engine.stop();

    const ended = (await journal.list({ limit: 100 })).map(({ rotation, state }) => {
      const { outcome, reason } = state as Extract<Run['state'], { state: 'ended' }>;
      return [rotation, outcome === 'failed' ? reason : outcome];
    });
    expect(Object.fromEntries(ended)).toEqual(
      Object.fromEntries(Object.entries(WORLDS).map(([rotation, { ends }]) => [rotation, ends])),
    );
    for (const { issuer, store } of remains.values())
      expect(issuer.instances.map((accepted) => accepted.reveal() === store.currentToken)).toEqual([
        true,
        true,
      ]);
    expect(troubles).toEqual([]);
    expect(await journal.verify()).toMatchObject({ runs: runs.length, faults: [] });
    await journal.close();
    expect(entries()).toEqual(expect.arrayContaining(before));
  });
});

it('a request of a journal of form 3 is remembered, with the run that it got', async () => {
  const { folder, file } = await olderJournal('form-3.sql');
  const database = new DatabaseSync(file);
  const row = database.prepare('select id from run limit 1').get() as { id: string };
  database
    .prepare('insert into request (key, hash, run_id, at) values (?, ?, ?, ?)')
    .run('k', 'h', row.id, RESUMED_AT);
  database.close();
  const clock = clockFrom(RESUMED_AT);
  const journal = await KyselyJournal.open(openSqlite(file, clock), clock);
  expect(await journal.openedBy({ key: 'k', hash: 'h' })).toMatchObject({ id: row.id });
  await expect(journal.actOnce(undefined, { key: 'k', hash: 'other' })).rejects.toMatchObject({
    code: 'idempotency_key_reused',
  });
  await journal.close();
  await rm(folder, { recursive: true });
});

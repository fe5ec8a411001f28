import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { always } from '../../src/issuers/issuer.js';
import { KyselyJournal } from '../../src/journal/kysely-journal.js';
import { openSqlite } from '../../src/journal/sqlite.js';
import { Runner } from '../../src/rotation/runner.js';
import { Secret } from '../../src/rotation/secret.js';
import { FakeResettableIssuer } from '../fakes/fake-issuer.js';
import { FakeStore } from '../fakes/fake-store.js';
import { FakeTarget } from '../fakes/fake-target.js';
import { until } from '../fakes/until.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import { FakeProber } from '../rotation/harness.js';
import { states } from '../rotation/fleet.js';
import { olderJournal } from './older-journal.js';

const TOKEN = new Secret(`r${createHash('sha256').update('a token of an older journal: new').digest('hex')}`);
/** A quarter of an hour after the older version stopped; its targets had half an hour to run with the token. */
const RESUMED_AFTER_MS = 15 * 60_000;

let folder: string;
let file: string;

beforeEach(async () => {
  ({ folder, file } = await olderJournal('form-3.sql'));
});
afterEach(async () => rm(folder, { recursive: true }));

it('a run whose deliveries an older version left half done gets each to its end, and repeats none that was over', async () => {
  const clock = new VirtualClock();
  clock.advance(RESUMED_AFTER_MS);
  const journal = await KyselyJournal.open(openSqlite(file, clock), clock, { soleWorker: true });
  const [before] = await journal.list({ limit: 2 });
  if (before?.state.state !== 'settled') throw new Error('the run is not settled');
  expect(states(before)).toEqual({
    done: 'converged',
    gone: 'failed',
    observing: 'observing',
    delivering: 'delivering',
    waiting: 'waiting',
  });

  const issuer = new FakeResettableIssuer({ key: 'fake:half-delivered', token: TOKEN, instances: 2 });
  const store = new FakeStore(TOKEN.reveal(), before.storeKey);
  store.values.set(before.state.current.version, TOKEN.reveal());
  const targets = Object.keys(states(before)).map((name) => new FakeTarget({ name }));
  for (const target of targets)
    if (['done', 'observing'].includes(target.name)) target.instances = [TOKEN.fingerprint];
  const named = targets.map((target) => ({ name: target.name, target, readyTimeoutMs: 60_000 }));
  const ports = { issuers: always(issuer), store, targets: named, prober: new FakeProber(issuer) };
  const observer = { troubled: () => undefined, credentialExpires: () => undefined };
  const inTurn = async <T>(look: () => Promise<T>): Promise<T> => look();
  const runner = new Runner({ journal, ports, clock, inTurn, random: () => 0.5, observer });
  const claim = await journal.claim();
  if (!claim) throw new Error('nothing was claimed');
  await runner.drive(claim, () => undefined, new AbortController().signal);

  const run = await journal.find(before.id);
  expect(run?.state).toMatchObject({ state: 'ended', outcome: 'partial', reason: 'targets_failed' });
  expect(run && states(run)).toEqual({
    done: 'converged',
    gone: 'failed',
    observing: 'converged',
    delivering: 'converged',
    waiting: 'converged',
  });
  const got = targets.filter(({ delivered }) => delivered.length > 0).map(({ name }) => name);
  expect(got).toEqual(['delivering', 'waiting']);
  const found = async () => (await journal.list({ by: 'api', outcome: 'partial', limit: 2 })).length === 1;
  await until('the run is found by who has started it', found);
  expect(await journal.verify()).toMatchObject({ runs: 1, faults: [] });
  await journal.close();
});

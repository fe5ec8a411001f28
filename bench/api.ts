import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createRandom } from '../src/sandbox/random.js';
import { writeConfig, type Place } from './support/config.js';
import { SqliteJournal } from './support/filled-journal.js';
import { temporaryFolder } from './support/folder.js';
import { nobodysWorld } from './support/nobodys-world.js';
import { PastRuns } from './support/past-runs.js';
import type { Row, Scenario } from './support/row.js';
import { Service } from './support/service.js';
import { p99, timesOf } from './support/statistics.js';

const SEED = 11;
const ROTATIONS = 1_000;
const RUNS = 100_000;
const COUNT = 200;
const WARM_UP = 20;
const LIST_MS = 50;
const TRIGGERS_PER_SECOND = 500;
const READERS = 200;
const READ_FOR_MS = 20_000;
const GROWTH = 1.1;

const names = Array.from({ length: ROTATIONS }, (_, index) => `rotation-${index + 1}`);

/** What the API costs whoever lists, triggers and follows, with many rotations and a past. */
export const api: Scenario = {
  name: 'api',
  async rows() {
    await using standing = new AsyncDisposableStack();
    const folder = await temporaryFolder(standing);
    const place = await filledPlace(folder);
    await using service = await Service.start(place);
    return [await lists(service), await triggers(service), await followers(service)];
  },
};

async function filledPlace(folder: string): Promise<Place> {
  const view = await nobodysWorld(names, SEED);
  const policy = { labels: { env: 'prod' }, watch: { interval: '1d' } };
  const top = { server: { listen: '127.0.0.1:0', rateLimit: { perMinute: 1_000_000 } } };
  const place = await writeConfig(join(folder, 'api'), view, { policy, top });
  await mkdir(place.stateDir, { mode: 0o700 });
  const journal = await SqliteJournal.create(place.stateDir);
  const nameOf = (index: number): string => names[index % ROTATIONS] ?? '';
  await journal.add(new PastRuns(nameOf, createRandom(SEED)), RUNS);
  return place;
}

async function lists(service: Service): Promise<Row> {
  const ways = {
    'rotations, a large page': '/v1/rotations?limit=200',
    'rotations by state': '/v1/rotations?state=overdue',
    'rotations by label, a page': '/v1/rotations?selector=env%3Dprod&limit=50',
    'all rotations at one glance': '/v1/status',
    'runs of all': '/v1/runs?limit=50',
    'failed runs': '/v1/runs?limit=50&outcome=failed',
    'runs by label': '/v1/runs?limit=50&selector=env%3Dprod',
    'failed runs of one rotation': '/v1/runs?limit=50&rotation=rotation-7&outcome=failed',
    'runs that go on': '/v1/runs?limit=50&active=true',
  };
  const asked: { way: string; value: number }[] = [];
  for (const [way, path] of Object.entries(ways)) {
    asked.push({ way, value: p99(await timesOf(COUNT, WARM_UP, async () => service.read(path))) });
  }
  const slowest = asked.toSorted((a, b) => b.value - a.value)[0];
  if (!slowest) throw new Error('nothing was listed');
  return {
    what: `lists with ${ROTATIONS} rotations and ${RUNS} runs, p99 of the slowest`,
    unit: 'ms',
    value: slowest.value,
    bound: LIST_MS,
    count: COUNT,
    note: `p99: ${asked.map(({ way, value }) => `${way} ${value.toFixed(1)} ms`).join(', ')}.`,
  };
}

/** A key and a rotation each, sent at the rate that is promised; then all of them once more. */
async function triggers(service: Service): Promise<Row> {
  const keys = new Map(names.map((name) => [name, randomUUID()]));
  const sent = async (name: string): Promise<string> => {
    const response = await fetch(new URL(`/v1/rotations/${name}/runs`, service.url), {
      method: 'POST',
      headers: {
        authorization: `Bearer ${service.token.reveal()}`,
        'content-type': 'application/json',
        'idempotency-key': keys.get(name) ?? '',
      },
      body: '{"reason":"bench"}',
    });
    const body = (await response.json()) as { id?: string };
    return response.status === 202 ? String(body.id) : `refused with ${response.status}`;
  };
  const began = performance.now();
  const first = await Promise.all(
    names.map(async (name, index) => {
      await delay((index / TRIGGERS_PER_SECOND) * 1_000);
      return sent(name);
    }),
  );
  const tookMs = performance.now() - began;
  const again = await Promise.all(names.map(sent));
  const lost = first.filter((id) => !id.startsWith('run_')).length;
  const doubled = again.filter((id, index) => id !== first[index]).length;
  if (lost + doubled > 0)
    throw new Error(`of ${ROTATIONS} triggers ${lost} were lost and ${doubled} doubled`);
  return {
    what: `${ROTATIONS} triggers with distinct keys at ${TRIGGERS_PER_SECOND} a second, until the last is answered`,
    unit: 's',
    value: tookMs / 1_000,
    bound: ROTATIONS / TRIGGERS_PER_SECOND + 1,
    count: ROTATIONS,
    note: 'None lost; sent again with the same keys, none doubled. The runs are worked on meanwhile, in a cloud that does not answer.',
  };
}

async function followers(service: Service): Promise<Row> {
  const { runs } = (await service.get(`/v1/runs?active=true&limit=${READERS}`)) as { runs: { id: string }[] };
  const gone = new AbortController();
  let events = 0;
  const follow = async ({ id }: { id: string }): Promise<void> => {
    const headers = { authorization: `Bearer ${service.token.reveal()}` };
    const response = await fetch(new URL(`/v1/runs/${id}/events`, service.url), {
      headers,
      signal: gone.signal,
    });
    for await (const chunk of response.body ?? [])
      events += String(Buffer.from(chunk)).split('\nid:').length - 1;
  };
  const readers = runs.map(async (run) => follow(run).catch(() => undefined));
  await delay(READ_FOR_MS / 2);
  const before = (await service.memory()).now;
  await delay(READ_FOR_MS);
  const after = (await service.memory()).now;
  gone.abort();
  await Promise.all(readers);
  return {
    what: `memory with ${runs.length} readers of events, after ${READ_FOR_MS / 1_000} s ÷ before`,
    unit: '×',
    value: after / before,
    bound: GROWTH,
    count: runs.length,
    note: `${before.toFixed(0)} → ${after.toFixed(0)} MiB, ${events} events read.`,
  };
}

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { postgresBin, PostgresServer } from '../test/journal/postgres-server.js';
import { createAuthority } from '../src/sandbox/certificates.js';
import { createRandom } from '../src/sandbox/random.js';
import { writeConfig, type Place } from './support/config.js';
import { temporaryFolder } from './support/folder.js';
import { growthRow, slowestRow, type Times } from './support/growth.js';
import { PostgresJournal, SqliteJournal, type FilledJournal } from './support/filled-journal.js';
import { PastRuns } from './support/past-runs.js';
import { notMeasured, type Row, type Scenario } from './support/row.js';
import { Service } from './support/service.js';
import { timesOf } from './support/statistics.js';
import type { WorldView } from './support/world/index.js';

const SEED = 5;
const ROTATIONS = 100;
const FEW = 10_000;
const MANY = 1_000_000;
const COUNT = 200;
const PAGE = 50;
const READY_MS = 1_000;

const names = Array.from({ length: ROTATIONS }, (_, index) => `rotation-${index + 1}`);
const nameOf = (index: number): string => names[index % ROTATIONS] ?? '';

/** What years of runs cost whoever lists them, the schedule, and a restart. */
export const history: Scenario = {
  name: 'history',
  async rows() {
    await using standing = new AsyncDisposableStack();
    const folder = await temporaryFolder(standing);
    const view = await nobodysWorld();
    const sqlite = await measure('SQLite', folder, view, async ({ stateDir }) =>
      SqliteJournal.create(stateDir),
    );
    return [...sqlite, ...(await onPostgres(folder, view))];
  },
};

async function onPostgres(folder: string, view: WorldView): Promise<readonly Row[]> {
  const bin = postgresBin();
  if (bin === undefined) {
    const why = 'PostgreSQL is not installed on this machine.';
    return [notMeasured('PostgreSQL: list of runs', 'ms', null, why)];
  }
  const server = await PostgresServer.start(bin);
  try {
    const url = await server.database();
    return await measure('PostgreSQL', join(folder, 'postgres'), view, async () =>
      PostgresJournal.create(url),
    );
  } finally {
    await server.stop();
  }
}

async function measure(
  engine: string,
  folder: string,
  view: WorldView,
  create: (place: Place) => Promise<FilledJournal>,
): Promise<readonly Row[]> {
  const place = await writeConfig(folder, view, { policy: { watch: { interval: '1d' } } });
  await mkdir(place.stateDir, { mode: 0o700, recursive: true });
  const filled = await create(place);
  const runs = new PastRuns(nameOf, createRandom(SEED));
  await filled.add(runs, FEW);
  const few = await timesWith(filled, place);
  await filled.add(runs, MANY - FEW);
  const many = await timesWith(filled, place);
  return [
    ...(['list', 'GET /v1/runs'] as const).flatMap((what) => [
      slowestRow(engine, what, many),
      growthRow(engine, what, few, many),
    ]),
    schedulesRow(engine, few, many),
    {
      what: `${engine}: start to ready with ${MANY} runs`,
      unit: 'ms',
      value: many.readyMs,
      bound: READY_MS,
      count: 1,
      note: `After an orderly end; with ${FEW} runs ${few.readyMs.toFixed(0)} ms.`,
    },
  ];
}

function schedulesRow(engine: string, few: Times, many: Times): Row {
  const { note: _, ...row } = slowestRow(engine, 'schedule', many);
  const note = `What is asked of the journal for each rotation at each tick; with ${FEW} runs the slowest took ${slowestRow(engine, 'schedule', few).value?.toFixed(1)} ms (p99).`;
  return { ...row, bound: null, note };
}

async function timesWith(filled: FilledJournal, place: Place): Promise<Times> {
  const asked = await filled.whileOpen(async (journal) => ({
    'list of all': await times(async () => journal.list({ limit: PAGE })),
    'list of one rotation': await times(async (rotation) => journal.list({ rotation, limit: PAGE })),
    'schedule: history': await times(async (rotation) => journal.history(rotation)),
    'schedule: lastSettled': await times(async (rotation) => journal.lastSettled(rotation)),
    'schedule: active': await times(async (rotation) => journal.active(rotation)),
    'schedule: claim': await times(async () => journal.claim()),
  }));
  await using service = await Service.start({ ...place, env: { ...place.env, ...filled.env } });
  return {
    readyMs: service.readyMs,
    all: {
      ...asked,
      'GET /v1/runs of all': await times(async () => service.get(`/v1/runs?limit=${PAGE}`)),
      'GET /v1/runs of one rotation': await times(async (rotation) =>
        service.get(`/v1/runs?limit=${PAGE}&rotation=${rotation}`),
      ),
    },
  };
}

async function times(ask: (rotation: string) => Promise<unknown>): Promise<number[]> {
  let index = 0;
  return timesOf(COUNT, 20, async () => ask(nameOf((index += 1))));
}

/** Rotations of deployments that nobody is asked for here. */
async function nobodysWorld(): Promise<WorldView> {
  const { caPem } = await createAuthority();
  const random = createRandom(SEED);
  const url = 'https://127.0.0.1:9';
  return {
    caPem,
    cloudUrl: url,
    cloudKey: random.base62(40),
    secretsUrl: url,
    accessKeyId: random.base62(20),
    secretAccessKey: random.base62(40),
    deployments: names.map((name) => ({
      name,
      id: random.hex(32),
      mode: 'standalone',
      refId: 'main-apm',
      apmUrl: url,
      kibanaUrl: url,
      kibanaKey: '',
      secretId: `prod/apm/${name}`,
    })),
  };
}

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { postgresBin, PostgresServer } from '../test/journal/postgres-server.js';
import type { Journal } from '../src/journal/journal.js';
import { createRandom } from '../src/sandbox/random.js';
import { writeConfig, type Place } from './support/config.js';
import { temporaryFolder } from './support/folder.js';
import { growthRow, restartRow, slowestRow, type Pair, type Times } from './support/growth.js';
import { PostgresJournal, SqliteJournal, type FilledJournal } from './support/filled-journal.js';
import { nobodysWorld } from './support/nobodys-world.js';
import { PastRuns } from './support/past-runs.js';
import { notMeasured, type Row, type Scenario } from './support/row.js';
import { Service } from './support/service.js';
import { timesInTurn } from './support/statistics.js';
import type { WorldView } from './support/world/index.js';

const SEED = 5;
const ROTATIONS = 100;
const RUNS: Pair<number> = { few: 10_000, many: 1_000_000 };
const COUNT = 200;
const WARM_UP = 20;
const PAGE = 50;

const names = Array.from({ length: ROTATIONS }, (_, index) => `rotation-${index + 1}`);
const nameOf = (index: number): string => names[index % ROTATIONS] ?? '';

type Create = (place: Place) => Promise<FilledJournal>;
type Filled = { readonly journal: FilledJournal; readonly place: Place };
type Ask<T> = (of: T, rotation: string) => Promise<unknown>;

/** What years of runs cost whoever lists them, the schedule, and a restart. */
export const history: Scenario = {
  name: 'history',
  async rows() {
    await using standing = new AsyncDisposableStack();
    const folder = await temporaryFolder(standing);
    const view = await nobodysWorld(names, SEED);
    const sqlite = await measure('SQLite', folder, view, async ({ stateDir }) =>
      SqliteJournal.create(stateDir),
    );
    return [...sqlite, ...(await onPostgres(join(folder, 'postgres'), view))];
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
    return await measure('PostgreSQL', folder, view, async () =>
      PostgresJournal.create(await server.database()),
    );
  } finally {
    await server.stop();
  }
}

async function measure(
  engine: string,
  folder: string,
  view: WorldView,
  create: Create,
): Promise<readonly Row[]> {
  const few = await filledWith(RUNS.few, join(folder, 'few'), view, create);
  const many = await filledWith(RUNS.many, join(folder, 'many'), view, create);
  const told = { ...(await asked({ few, many })), ...(await served({ few, many })) };
  const readyMs = { few: await restarted(few), many: await restarted(many) };
  const rowsOf = (what: string): Row[] => [slowestRow(engine, what, told), growthRow(engine, what, told)];
  const schedule = slowestRow(engine, 'schedule', told);
  return [
    ...rowsOf('list'),
    ...rowsOf('GET /v1/runs'),
    { ...schedule, bound: null, note: `Asked for each rotation at each tick. ${schedule.note}` },
    restartRow(engine, RUNS, readyMs),
  ];
}

async function filledWith(count: number, folder: string, view: WorldView, create: Create): Promise<Filled> {
  const place = await writeConfig(folder, view, { policy: { watch: { interval: '1d' } } });
  await mkdir(place.stateDir, { mode: 0o700 });
  const journal = await create(place);
  await journal.add(new PastRuns(nameOf, createRandom(SEED)), count);
  return { journal, place: { ...place, env: { ...place.env, ...journal.env } } };
}

/** Of the journal itself. */
async function asked(filled: Pair<Filled>): Promise<Times> {
  const [few, many] = [await filled.few.journal.open(), await filled.many.journal.open()];
  const inTurn = async (ask: Ask<Journal>): Promise<Pair<number[]>> => times({ few, many }, ask);
  try {
    return {
      'list of all': await inTurn(async (of) => of.list({ limit: PAGE })),
      'list of one rotation': await inTurn(async (of, rotation) => of.list({ rotation, limit: PAGE })),
      'schedule: history': await inTurn(async (of, rotation) => of.histories([rotation])),
      'schedule: lastSettled': await inTurn(async (of, rotation) => of.lastSettled(rotation)),
      'schedule: active': await inTurn(async (of) => of.active()),
      'schedule: claim': await inTurn(async (of) => of.claim()),
    };
  } finally {
    await few.close();
    await many.close();
  }
}

/** Of the service, through its REST API. */
async function served(filled: Pair<Filled>): Promise<Times> {
  await using few = await Service.start(filled.few.place);
  await using many = await Service.start(filled.many.place);
  const list = `/v1/runs?limit=${PAGE}`;
  return {
    'GET /v1/runs of all': await times({ few, many }, async (of) => of.get(list)),
    'GET /v1/runs of one rotation': await times({ few, many }, async (of, rotation) =>
      of.get(`${list}&rotation=${rotation}`),
    ),
  };
}

/** Milliseconds from the spawn until it is ready, after an orderly end. */
async function restarted({ place }: Filled): Promise<number> {
  await using service = await Service.start(place);
  return service.readyMs;
}

async function times<T>({ few, many }: Pair<T>, ask: Ask<T>): Promise<Pair<number[]>> {
  const of = (which: T) => async (index: number) => ask(which, nameOf(index));
  const [before, after] = await timesInTurn(COUNT, WARM_UP, of(few), of(many));
  return { few: before, many: after };
}

/** Rotations of deployments that nobody is asked for here. */

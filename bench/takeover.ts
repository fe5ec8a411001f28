import { join } from 'node:path';
import { postgresBin, PostgresServer } from '../test/journal/postgres-server.js';
import { until } from '../test/fakes/until.js';
import { writeConfig, type Place } from './support/config.js';
import { temporaryFolder } from './support/folder.js';
import { notMeasured, type Scenario } from './support/row.js';
import { Service } from './support/service.js';
import { percentile } from './support/statistics.js';
import { World, type WorldOrder } from './support/world/index.js';

const WHAT = 'lease takeover after kill -9, longest';
const BOUND_S = 15;
const COUNT = 3;
const LONGEST_MS = 60_000;

/** Slow enough for a run to have something to write at any time. */
const ORDER: WorldOrder = {
  seed: 17,
  standalone: COUNT,
  timings: { apiLatencyMs: 300, planMs: 500, flickerMs: 150, switchSpreadMs: 500, checkInMs: 150 },
  storeLatencyMs: 150,
};

const POLICY = {
  verify: { probes: 3, probeInterval: '250ms', settleReads: 1 },
  watch: { interval: '1d' },
};

/** Two replicas on one PostgreSQL; the one that works on a run is killed, and the other has to find it. */
export const takeover: Scenario = {
  name: 'takeover',
  async rows() {
    const bin = postgresBin();
    if (bin === undefined)
      return [notMeasured(WHAT, 's', BOUND_S, 'PostgreSQL is not installed on this machine.')];
    await using standing = new AsyncDisposableStack();
    const folder = await temporaryFolder(standing);
    const server = await PostgresServer.start(bin);
    standing.defer(async () => server.stop());
    const world = standing.use(await World.open(ORDER));
    const url = (await server.database()).reveal();
    const replicas = new Replicas(async (name) => {
      const place = await writeConfig(join(folder, name), world.view, {
        policy: POLICY,
      });
      return { ...place, env: { ...place.env, DATABASE_URL: url } };
    });
    standing.defer(async () => replicas.stop());
    const seconds: number[] = [];
    for (const { name } of world.view.deployments) seconds.push(await replicas.killDuring(name));
    const note =
      'Two real processes of `rotor serve` on one PostgreSQL: from the SIGKILL of the one that works on a run to the first entry that the other adds to it. ' +
      `All: ${seconds.map((each) => each.toFixed(1)).join(', ')} s.`;
    return [{ what: WHAT, unit: 's', value: percentile(seconds, 1), bound: BOUND_S, count: COUNT, note }];
  },
};

type Replica = { readonly service: Service; readonly worksOn: Set<string> };

class Replicas {
  readonly #running = new Map<string, Replica>();

  constructor(private readonly placeOf: (name: string) => Promise<Place>) {}

  /** Seconds until another replica adds an entry to the run of this rotation. */
  async killDuring(rotation: string): Promise<number> {
    for (const name of ['one', 'other']) if (!this.#running.has(name)) await this.#start(name);
    const [asked] = this.#running.values();
    if (!asked) throw new Error('no replica runs');
    const { id } = await asked.service.client.start(rotation, 'rotate', 'bench');
    const name = await this.#whoWorksOn(id);
    const victim = this.#running.get(name);
    const [survivor] = [...this.#running].filter(([other]) => other !== name).map(([, replica]) => replica);
    if (!victim || !survivor) throw new Error('there are no two replicas');
    await victim.service.kill();
    const killedAt = performance.now();
    this.#running.delete(name);
    const { client } = survivor.service;
    const { seq } = await client.run(id);
    await until('the other replica goes on', async () => (await client.run(id)).seq > seq, LONGEST_MS);
    const seconds = (performance.now() - killedAt) / 1_000;
    await until('the run ends', async () => (await client.run(id)).outcome !== null, LONGEST_MS);
    return seconds;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#running.values()].map(async ({ service }) => service.stop()));
  }

  async #start(name: string): Promise<void> {
    const worksOn = new Set<string>();
    const onLog = (line: string): void => {
      const id = /"run_id":"(run_\w+)"/.exec(line)?.[1];
      if (id !== undefined) worksOn.add(id);
    };
    const service = await Service.start({ ...(await this.placeOf(name)), onLog });
    this.#running.set(name, { service, worksOn });
  }

  async #whoWorksOn(id: string): Promise<string> {
    const found = (): string | undefined =>
      [...this.#running].find(([, { worksOn }]) => worksOn.has(id))?.[0];
    await until('a replica works on the run', () => found() !== undefined, LONGEST_MS);
    return found() ?? '';
  }
}

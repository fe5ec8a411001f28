import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CONCURRENT_READS } from '../src/http/gate.js';
import { writeConfig, type DeclaredTarget } from './support/config.js';
import { makeDue, mostAtOnce, spansIn, type Span } from './support/due.js';
import { temporaryFolder } from './support/folder.js';
import { LoopDelays, type LoopDelay } from './support/loop-delay.js';
import { rotate } from './support/rotate.js';
import type { Row, Scenario } from './support/row.js';
import { Service } from './support/service.js';
import { median } from './support/statistics.js';
import { World, type DeploymentView, type WorldOrder } from './support/world/index.js';

const ROTATIONS = Number(process.env['BENCH_ROTATIONS'] ?? 1_000);
const TARGETS = 5;
/** What Rotor itself allows by default (`cloud.limits.runsAtOnce`). */
const RUNS_AT_ONCE = Number(process.env['BENCH_RUNS_AT_ONCE'] ?? 50);
/** That of starts a minute is lifted: a Rotor that may begin 100 a minute has nothing to do. */
const LIMITS = { runsAtOnce: RUNS_AT_ONCE, startsPerMinute: 10_000 };
/** Run one after the other before the others are due: what one run takes where it is alone. */
const ALONE = 3;
/** Of one run. A write does not queue, so that it is not in the bound. */
const RESETS = 1;
const MAKESPAN = 1.1;
const MEMORY_MIB = 200;
const DELAY_MS = 20;
const AGE_MS = 31 * 24 * 60 * 60_000;
/** By then it is clear that the bound is missed; what goes on is not waited for. */
const LONGEST_MS = 10 * 60_000;

const ORDER: WorldOrder = {
  seed: 13,
  standalone: ROTATIONS + ALONE,
  timings: { apiLatencyMs: 40, planMs: 20_000, flickerMs: 150, switchSpreadMs: 500, checkInMs: 150 },
  storeLatencyMs: 15,
};
/** The least proof that the config allows: with more of it a machine of two cores is busy with handshakes alone. */
const POLICY = { maxAge: '30d', verify: { probes: 3, settleReads: 1 }, watch: { interval: '1d' } };

type Load = {
  readonly spans: readonly Span[];
  readonly succeeded: number;
  readonly inStep: number;
  readonly peakMiB: number;
  readonly delay: LoopDelay;
  /** What the Elastic Cloud API was asked: all requests, and the most at one time. */
  readonly cloud: { readonly requests: number; readonly mostAtOnce: number };
  /** Of a processor, in seconds. */
  readonly busy: { readonly rotor: number; readonly world: number };
};

/** All of them due in the same moment, as after an outage of Rotor's own machine. */
export const manyRotations: Scenario = {
  name: 'many-rotations',
  async rows() {
    await using standing = new AsyncDisposableStack();
    const folder = await temporaryFolder(standing);
    const world = standing.use(await World.open(ORDER));
    const one = await alone(join(folder, 'alone'), world);
    return rowsOf(await allAtOnce(join(folder, 'all'), world), one);
  },
};

/** What one run takes where it has everything for itself. */
type Alone = { readonly ms: number; readonly requests: number };

async function alone(folder: string, world: World): Promise<Alone> {
  const few = world.view.deployments.slice(ROTATIONS);
  const targets = await targetsIn(folder, few);
  const place = await writeConfig(folder, { ...world.view, deployments: few }, { targets, policy: POLICY });
  await using service = await Service.start(place);
  const { requests: asked } = await world.ask('load', world.view.cloudUrl);
  const times: number[] = [];
  for (const { name } of few) times.push(await rotate(service, name));
  const { requests } = await world.ask('load', world.view.cloudUrl);
  return { ms: median(times), requests: (requests - asked) / ALONE };
}

async function allAtOnce(folder: string, world: World): Promise<Load> {
  const many = world.view.deployments.slice(0, ROTATIONS);
  const targets = await targetsIn(folder, many);
  const place = await writeConfig(
    folder,
    { ...world.view, deployments: many },
    { targets, policy: POLICY, limits: LIMITS },
  );
  const names = many.map(({ name }) => name);
  await makeDue(place.stateDir, names, Date.now() - AGE_MS);
  const delays = await LoopDelays.in(folder);
  const ends = new Ends(ROTATIONS);
  const env = { ...place.env, ...delays.env };
  await using service = await Service.start({ ...place, env, onLog: (line) => ends.hear(line) });
  const { requests: asked } = await world.ask('load', world.view.cloudUrl);
  const worldBefore = await world.ask('processorSeconds');
  const rotorBefore = await service.processorSeconds();
  await delays.take(service);
  await ends.all(LONGEST_MS);
  const delay = await delays.take(service);
  const { peak: peakMiB } = await service.memory();
  const load = await world.ask('load', world.view.cloudUrl);
  const cloud = { requests: load.requests - asked, mostAtOnce: load.mostAtOnce };
  const busy = {
    rotor: (await service.processorSeconds()) - rotorBefore,
    world: (await world.ask('processorSeconds')) - worldBefore,
  };
  await service.stop();
  const spans = spansIn(place.stateDir);
  // The deployments that were rotated alone are in step as well.
  const inStep = (await world.ask('inStep')) - ALONE;
  return { spans, succeeded: ends.succeeded, inStep, peakMiB, delay, cloud, busy };
}

/** Files without commands: what is measured is Rotor, not how fast this machine starts programs. */
async function targetsIn(
  folder: string,
  deployments: readonly DeploymentView[],
): Promise<(deployment: DeploymentView) => DeclaredTarget[]> {
  for (const { name } of deployments) await mkdir(join(folder, 'targets', name), { recursive: true });
  return ({ name }) =>
    Array.from({ length: TARGETS }, (_, index) => {
      const target = `service-${index + 1}`;
      return { name: target, path: join(folder, 'targets', name, target) };
    });
}

/** Counts the ends of runs by the log: to ask the API for them would be work of its own. */
class Ends {
  #heard = 0;
  succeeded = 0;
  readonly #over = Promise.withResolvers<void>();

  constructor(private readonly wanted: number) {}

  hear(line: string): void {
    if (!line.includes('"run.ended"')) return;
    this.#heard += 1;
    if (line.includes('"outcome":"success"')) this.succeeded += 1;
    if (this.#heard === this.wanted) this.#over.resolve();
  }

  /** Resolves with the last one, or when the time is over. */
  async all(withinMs: number): Promise<void> {
    const late = setTimeout(() => this.#over.resolve(), withinMs);
    await this.#over.promise.finally(() => clearTimeout(late));
  }
}

function rowsOf(load: Load, one: Alone): Row[] {
  const { spans, succeeded, inStep, peakMiB, delay, cloud, busy } = load;
  const ends = spans.flatMap(({ ended }) => (ended === null ? [] : [ended]));
  const first = Math.min(...spans.map(({ opened }) => opened));
  const isOver = ends.length === ROTATIONS;
  const makespanMs = isOver ? Math.max(...ends) - first : LONGEST_MS;
  // Nothing of what Rotor did with all of them may be in here: a slow one would move its own bound.
  const reads = one.requests - RESETS;
  const byCloudMs = (ROTATIONS * reads * ORDER.timings.apiLatencyMs) / CONCURRENT_READS;
  const byLimitMs = Math.ceil(ROTATIONS / RUNS_AT_ONCE) * one.ms;
  const boundMs = Math.max(byLimitMs, byCloudMs);
  const seconds = (ms: number): string => (ms / 1_000).toFixed(1);
  const of = `${ROTATIONS} rotations × ${TARGETS} targets`;
  return [
    {
      what: `${of} due at once: makespan ÷ bound`,
      unit: '×',
      value: makespanMs / boundMs,
      bound: MAKESPAN,
      count: ROTATIONS,
      note:
        `${isOver ? 'Makespan' : `NOT OVER, ${ends.length} have ended: the ratio is higher still. Stopped after`} ${seconds(makespanMs)} s. The bound, ${seconds(boundMs)} s, is the longer of two: by Rotor's own limit, ${Math.ceil(ROTATIONS / RUNS_AT_ONCE)} times ${RUNS_AT_ONCE} runs at one time × ${seconds(one.ms)} s, which one run takes alone; and by the cloud ${seconds(byCloudMs)} s, ${ROTATIONS} × ${reads.toFixed(1)} reads, which one run alone needs, × ${ORDER.timings.apiLatencyMs} ms ÷ ${CONCURRENT_READS} at one time. ` +
        `Seen: ${cloud.requests} requests to the cloud, ${cloud.mostAtOnce} of them and ${mostAtOnce(spans)} runs at one time at the most. ` +
        `Rotor kept a processor busy for ${busy.rotor.toFixed(0)} s, the world for ${busy.world.toFixed(0)} s. Succeeded ${succeeded}; in step by the world's word ${inStep}.`,
    },
    {
      what: `${of}: peak memory`,
      unit: 'MiB',
      value: peakMiB,
      bound: MEMORY_MIB,
      count: 1,
      note: "VmHWM of Rotor's process alone.",
    },
    {
      what: `${of}: event-loop delay, p99`,
      unit: 'ms',
      value: delay.p99,
      bound: DELAY_MS,
      note: `How late a timer of 10 ms came in Rotor's process while the runs went on: median ${delay.p50.toFixed(1)} ms, longest ${delay.longest.toFixed(0)} ms.`,
    },
  ];
}

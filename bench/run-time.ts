import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pathOf, staggered, walk } from './support/critical-path.js';
import { writeConfig, type DeclaredTarget } from './support/config.js';
import { temporaryFolder } from './support/folder.js';
import { rotate } from './support/rotate.js';
import type { Row, Scenario } from './support/row.js';
import { Service } from './support/service.js';
import { median } from './support/statistics.js';
import {
  World,
  type DeploymentView,
  type Exchange,
  type WorldOrder,
  type WorldView,
} from './support/world/index.js';

const run = promisify(execFile);
const EACH = 4;
const BOUND = 1.05;
/** So that no two runs are at the same step in the same moment. */
const APART_MS = 1_130;

/** The plan is quicker than any that was seen on Elastic Cloud (77 s and more), which makes the bound harder to hold. */
const ORDER: WorldOrder = {
  seed: 7,
  standalone: EACH,
  managed: EACH,
  timings: { apiLatencyMs: 80, planMs: 30_000, flickerMs: 300, switchSpreadMs: 3_000, checkInMs: 5_000 },
  storeLatencyMs: 25,
  recording: true,
};

type Recording = {
  readonly view: WorldView;
  readonly exchanges: readonly Exchange[];
  readonly wallMs: readonly number[];
};

/** Whole runs with the product's defaults, against the upstream's own time for the very same requests. */
export const runTime: Scenario = {
  name: 'run-time',
  async rows() {
    await using standing = new AsyncDisposableStack();
    const folder = await temporaryFolder(standing);
    const recording = await recordRuns(folder);
    const bare = await playAgain(folder, recording);
    return (['standalone', 'managed'] as const).map((mode) => rowOf(mode, recording, bare));
  },
};

async function recordRuns(folder: string): Promise<Recording> {
  await using world = await World.open(ORDER);
  const targets = (deployment: DeploymentView): DeclaredTarget[] => [targetOf(folder, deployment)];
  const place = await writeConfig(folder, world.view, { targets, policy: { watch: { interval: '1h' } } });
  await using service = await Service.start(place);
  const wallMs = await staggered(world.view.deployments, APART_MS, async ({ name }) => rotate(service, name));
  return { view: world.view, exchanges: await world.ask('exchanges'), wallMs };
}

async function playAgain(folder: string, { view, exchanges }: Recording): Promise<number[]> {
  await using world = await World.open(ORDER);
  const paths = view.deployments.map((deployment) => pathOf(deployment, view, exchanges));
  return await staggered(paths, APART_MS, async (path) =>
    walk(path, view, world, async () => deliverBare(targetOf(folder, path.deployment))),
  );
}

/** A service that needs half a second to load the file again, and says what it runs with. */
function targetOf(folder: string, { name }: DeploymentView): Required<DeclaredTarget> {
  const path = join(folder, `${name}.token`);
  return {
    name: 'service',
    path,
    reload: ['/bin/sh', '-c', 'sleep 0.5'],
    check: ['/bin/sh', '-c', `sha256sum < ${path} | cut -c1-8`],
  };
}

async function deliverBare({ path, reload, check }: Required<DeclaredTarget>): Promise<void> {
  await writeFile(path, 'delivered', { mode: 0o600 });
  for (const [program = '', ...args] of [reload, check]) await run(program, args);
}

function rowOf(mode: DeploymentView['mode'], { view, wallMs }: Recording, bare: readonly number[]): Row {
  const pairs = view.deployments.flatMap((deployment, index) =>
    deployment.mode === mode ? [{ wall: wallMs[index] ?? NaN, bare: bare[index] ?? NaN }] : [],
  );
  const seconds = (values: readonly number[]): string => (median(values) / 1_000).toFixed(2);
  const wall = seconds(pairs.map((pair) => pair.wall));
  const path = seconds(pairs.map((pair) => pair.bare));
  const own = seconds(pairs.map((pair) => pair.wall - pair.bare));
  const issuer = mode === 'managed' ? 'Fleet' : 'a reset by the Cloud API, plan of 30 s';
  return {
    what: `run ÷ critical path, ${mode === 'managed' ? 'fleet' : 'elastic-cloud'}, median`,
    unit: '×',
    value: median(pairs.map((pair) => pair.wall / pair.bare)),
    bound: BOUND,
    count: pairs.length,
    note:
      `${issuer}: run ${wall} s, critical path ${path} s, Rotor's own ${own} s (medians). The path is the run's own requests, ` +
      'sent again byte by byte by a bare client to a world of the same seed; where Rotor looks while the upstream is busy, the bare client waits for the last instance.',
  };
}

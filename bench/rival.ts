import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { writeConfig, type DeclaredTarget, type Place } from './support/config.js';
import { temporaryFolder } from './support/folder.js';
import { rotated } from './support/rotate.js';
import { notMeasured, type Row, type Scenario } from './support/row.js';
import { Service } from './support/service.js';
import {
  REGION,
  World,
  type DeploymentView,
  type WorldOrder,
  type WorldView,
} from './support/world/index.js';

const run = promisify(execFile);
const SCRIPT = fileURLToPath(new URL('rival.sh', import.meta.url));
const RELOAD = 'sleep 0.5';
const BY_HAND = 'by hand (rival.sh): reset, store, write, reload';
const HARM = 'by hand: the service carries a token that is refused';
const BY_ROTOR = 'the same by Rotor, to its proven end';
const PROVEN =
  'It waits for the plan, sees the new token accepted and the old one refused by every instance, and only then hands it out.';

const ORDER: WorldOrder = {
  seed: 19,
  standalone: 2,
  timings: { apiLatencyMs: 80, planMs: 15_000, flickerMs: 300, switchSpreadMs: 3_000, checkInMs: 150 },
  storeLatencyMs: 25,
};

/** What there is today, in the same world in the same minute. */
export const rival: Scenario = {
  name: 'rival',
  async rows() {
    await using standing = new AsyncDisposableStack();
    const folder = await temporaryFolder(standing);
    const world = standing.use(await World.open(ORDER));
    const [theirs, ours] = world.view.deployments;
    if (!theirs || !ours) throw new Error('the world has not two deployments');
    const targets = ({ name }: DeploymentView): DeclaredTarget[] =>
      name === ours.name ? [targetOf(folder)] : [];
    const place = await writeConfig(folder, world.view, { targets });
    return [...(await scriptRows(folder, world, theirs)), ...(await rotorRows(place, ours))];
  },
};

async function storeTool(): Promise<'aws' | 'curl' | undefined> {
  const says = async (program: string, ...args: string[]): Promise<string> =>
    run(program, args).then(
      ({ stdout }) => stdout,
      () => '',
    );
  const signs = (await says('curl', '--help', 'all')).includes('--aws-sigv4');
  if (!(await says('curl', '--version'))) return undefined;
  if ((await says('aws', '--version')).startsWith('aws-cli')) return 'aws';
  return signs ? 'curl' : undefined;
}

async function scriptRows(folder: string, world: World, deployment: DeploymentView): Promise<Row[]> {
  const tool = await storeTool();
  if (tool === undefined) {
    const why = 'Neither the AWS command line nor a curl that signs requests is on this machine.';
    return [notMeasured(BY_HAND, 's', null, why), notMeasured(HARM, 's', null, why)];
  }
  const began = performance.now();
  await run(SCRIPT, { env: environmentOf(folder, world.view, deployment, tool) });
  const seconds = (performance.now() - began) / 1_000;
  const reloadedAt = Date.now();
  const { last } = await world.ask('switched', deployment.name);
  const does =
    `Stores with ${tool}. It hands the token out before the APM Server has it, proves nothing, has no log, and has no way back: ` +
    'a reply that is lost, or a store that refuses, leaves a live token that nobody has.';
  const harm =
    'From the reload by hand to the last instance of the APM Server that took the token; the plan takes 15 s here.';
  return [
    { what: BY_HAND, unit: 's', value: seconds, bound: null, count: 1, note: does },
    { what: HARM, unit: 's', value: (last - reloadedAt) / 1_000, bound: null, count: 1, note: harm },
  ];
}

async function rotorRows(place: Place, deployment: DeploymentView): Promise<Row[]> {
  await using service = await Service.start(place);
  const { durationMs, authGapMs, authGapResolutionMs } = await rotated(service, deployment.name);
  const gap = 'the same by Rotor: auth gap';
  if (durationMs === null || authGapMs === null) throw new Error('the run did not measure itself');
  const note = `From the first refusal of the old token to the service on the new one, ± ${((authGapResolutionMs ?? 0) / 1_000).toFixed(1)} s.`;
  return [
    { what: BY_ROTOR, unit: 's', value: durationMs / 1_000, bound: null, count: 1, note: PROVEN },
    { what: gap, unit: 's', value: authGapMs / 1_000, bound: null, count: 1, note },
  ];
}

function targetOf(folder: string): DeclaredTarget {
  const path = join(folder, 'service.token');
  return {
    name: 'service',
    path,
    reload: ['/bin/sh', '-c', RELOAD],
    check: ['/bin/sh', '-c', `sha256sum < ${path} | cut -c1-8`],
  };
}

function environmentOf(folder: string, view: WorldView, deployment: DeploymentView, tool: 'aws' | 'curl') {
  return {
    PATH: process.env['PATH'],
    HOME: folder,
    CA_FILE: join(folder, 'ca.pem'),
    CLOUD_URL: view.cloudUrl,
    EC_API_KEY: view.cloudKey,
    DEPLOYMENT_ID: deployment.id,
    REF_ID: deployment.refId,
    SECRETS_URL: view.secretsUrl,
    SECRET_ID: deployment.secretId,
    AWS_ACCESS_KEY_ID: view.accessKeyId,
    AWS_SECRET_ACCESS_KEY: view.secretAccessKey,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    STORE_WITH: tool,
    TOKEN_FILE: join(folder, 'by-hand.token'),
    RELOAD,
  };
}

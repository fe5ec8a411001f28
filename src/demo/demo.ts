import { setTimeout as delay } from 'node:timers/promises';
import { RotorError } from '../rotation/errors.js';
import { printData, printJson, printNote, table } from '../cli/print.js';
import { exitCodeOf, screen, watch, type Screen } from '../cli/watch.js';
import type { RunView } from '../triggers/run-view.js';
import { conclude, introduce, summary, type DemoResult } from './account.js';
import { ROTATION, SECRET_ID } from './config.js';
import { countEvents, whatHolds } from './count.js';
import { Interrupt } from './interrupt.js';
import { assertSandboxPackages } from './packages.js';
import { parseSeed } from './seed.js';
import { scenarios, type DemoIssuer, type Scenario, type Stage } from './scenarios/index.js';
import { startWorld, type DemoWorld } from './world.js';

export type DemoOptions = {
  readonly fault?: string;
  readonly issuer?: string;
  readonly seed: string;
  readonly json?: boolean;
  readonly keep?: boolean;
  readonly fleet?: string;
};

const QUIET: Screen = { draw: () => undefined, done: () => undefined, clear: () => undefined };
const ISSUERS = ['elastic-cloud', 'fleet'] as const;
/** The watch acts on two looks in a row, a second apart, after a run's reloads have come to rest. */
const DRIFT_MS = 30_000;
const LOOK_MS = 200;
const MOST_SERVICES = 500;

/** One rotation in the sandbox, watched to its end. The exit code is that of `rotor rotate --watch`. */
export async function demo(options: DemoOptions): Promise<number> {
  const { fault, json = false, keep = false } = options;
  if (fault === 'list') return list();
  const scenario = fault === undefined ? undefined : find(fault);
  const seed = parseSeed(options.seed);
  const fleet = parseFleet(options.fleet ?? '0');
  const issuer = issuerOf(options.issuer, scenario);
  assertSandboxPackages();
  if (!json) introduce(scenario);
  using interrupt = new Interrupt();
  try {
    return await inWorld({ seed, scenario, issuer, fleet, signal: interrupt.signal }, keep, async (world) => {
      const show = json ? QUIET : screen();
      const result = await rotate(world, scenario, show, interrupt.signal).finally(() => show.clear());
      if (json) printJson(summary(result, seed, fault));
      else conclude(result);
      return exitCodeOf(result.run);
    });
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    printNote('interrupted: the sandbox and everything in it is gone');
    return interrupt.exitCode;
  }
}

type Asked = Parameters<typeof startWorld>[0];

async function inWorld<T>(asked: Asked, keep: boolean, act: (world: DemoWorld) => Promise<T>): Promise<T> {
  const world = await startWorld(asked);
  try {
    return await act(world);
  } finally {
    await world.close(keep);
    if (keep) printNote(`kept: ${world.folder}`);
  }
}

/** One run in a world that stands, and what the world says of it afterwards. */
export async function rotate(
  world: DemoWorld,
  scenario: Scenario | undefined,
  show: Screen = QUIET,
  signal: AbortSignal = new AbortController().signal,
): Promise<DemoResult> {
  const { sandbox, secrets, agents, daemon, deployment } = world;
  await agents.settled();
  const { targets } = agents;
  const tokenBefore = deployment.currentToken();
  const stage: Stage = { sandbox, secrets, daemon, secretId: SECRET_ID, targets, tokenBefore };
  await scenario?.arrange?.(stage);
  const client = await daemon.client();
  const { id } = await client.start(ROTATION, 'rotate', scenario?.says ?? 'demonstration');
  // The last tree stands until it can be printed with the events.
  const quietly = { ...show, done: () => undefined };
  let run = await watch(daemon, id, { show: quietly, signal });
  let before: RunView | undefined;
  if (scenario?.afterwards && run.outcome === 'succeeded') {
    before = run;
    await scenario.afterwards(stage);
    run = await watch(daemon, await nextRun(daemon, id, signal), { show: quietly, signal });
  }
  const { sent } = await agents.stop();
  return {
    run,
    ...(before && { before }),
    events: countEvents(sent, sandbox.ledger),
    holds: whatHolds(deployment, secrets),
    restarts: daemon.restarts,
  };
}

/** The one that the watch begins when it has found that something is out of step. */
async function nextRun(daemon: DemoWorld['daemon'], last: string, signal: AbortSignal): Promise<string> {
  const deadline = performance.now() + DRIFT_MS;
  while (performance.now() < deadline) {
    const [rotation] = await (await daemon.client()).rotations();
    if (rotation?.lastRun && rotation.lastRun.id !== last) return rotation.lastRun.id;
    await delay(LOOK_MS, undefined, { signal });
  }
  throw new RotorError('internal', 'the watch has begun no run, although something is out of step');
}

function list(): number {
  const rows = scenarios.map(({ name, issuer = 'elastic-cloud', says }) => [name, issuer, says]);
  printData(table(['FAULT', 'ISSUER', 'WHAT GOES WRONG'], rows));
  return 0;
}

function find(name: string): Scenario {
  const scenario = scenarios.find((one) => one.name === name);
  if (scenario) return scenario;
  const known = scenarios.map((one) => one.name).join(', ');
  throw new RotorError('request_invalid', `there is no fault "${name}"; known are ${known}`);
}

function issuerOf(asked: string | undefined, scenario: Scenario | undefined): DemoIssuer {
  const own = scenario?.issuer ?? 'elastic-cloud';
  if (asked === undefined) return own;
  const known = ISSUERS.find((one) => one === asked);
  if (!known) {
    throw new RotorError('request_invalid', `--issuer is "${asked}"; expected one of ${ISSUERS.join(', ')}`);
  }
  if (scenario && known !== own) {
    throw new RotorError('request_invalid', `the fault ${scenario.name} is one of --issuer ${own}`);
  }
  return known;
}

function parseFleet(text: string): number {
  const size = Number(text);
  if (text.trim() !== '' && Number.isInteger(size) && size >= 0 && size <= MOST_SERVICES) return size;
  throw new RotorError(
    'request_invalid',
    `--fleet is "${text}"; expected a whole number from 0 to ${MOST_SERVICES}`,
  );
}

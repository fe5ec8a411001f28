import { RotorError } from '../rotation/errors.js';
import { printData, printJson, printNote, table } from '../cli/print.js';
import { renderRun } from '../cli/tree.js';
import type { Screen } from '../cli/watch.js';
import { exitCodeOf, screen, watch } from '../cli/watch.js';
import type { RunView } from '../triggers/run-view.js';
import { ROTATION, SECRET_ID } from './config.js';
import type { Events, Holding } from './count.js';
import { countEvents, whatHolds } from './count.js';
import { assertSandboxPackages } from './packages.js';
import type { Scenario } from './scenarios.js';
import { scenarios } from './scenarios.js';
import type { DemoWorld } from './world.js';
import { startWorld } from './world.js';

export type DemoOptions = {
  readonly fault?: string;
  readonly seed: string;
  readonly json?: boolean;
  readonly keep?: boolean;
};

export type DemoResult = { readonly run: RunView; readonly events: Events; readonly holds: Holding };

const QUIET: Screen = { draw: () => undefined, done: () => undefined, clear: () => undefined };

/** One rotation in the sandbox, watched to its end. The exit code is that of `rotor rotate --watch`. */
export async function demo({ fault, seed, json = false, keep = false }: DemoOptions): Promise<number> {
  if (fault === 'list') {
    printData(
      table(
        ['FAULT', 'WHAT GOES WRONG'],
        scenarios.map(({ name, says }) => [name, says]),
      ),
    );
    return 0;
  }
  const scenario = fault === undefined ? undefined : find(fault);
  assertSandboxPackages();
  if (!json) introduce(scenario);
  const world = await startWorld({ seed: parseSeed(seed), scenario });
  try {
    const result = await rotate(world, scenario, json ? QUIET : screen());
    if (json) printJson(summary(result, Number(seed), fault));
    else conclude(result);
    return exitCodeOf(result.run);
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
): Promise<DemoResult> {
  const { sandbox, secrets, agents, daemon } = world;
  await agents.settled();
  await scenario?.arrange?.({ sandbox, secrets, daemon, secretId: SECRET_ID });
  const client = await daemon.client();
  const started = await client.start(ROTATION, 'rotate', scenario?.says ?? 'demonstration');
  // The last tree is printed with the events, once they are counted.
  const run = await watch(daemon, started.id, { ...show, done: () => show.clear() });
  const { sent } = await agents.stop();
  return { run, events: countEvents(sent, sandbox.ledger), holds: whatHolds(sandbox, secrets) };
}

function introduce(scenario: Scenario | undefined): void {
  printNote(
    'A sandbox on this machine: Elastic Cloud, an APM Server of three instances, AWS Secrets Manager,',
  );
  printNote(
    'services with real elastic-apm-node agents and simulated ones. Rotor runs as it does in production.',
  );
  if (scenario) printNote(`Broken on purpose: ${scenario.says}.`);
  printNote('');
}

function conclude({ run, events, holds }: DemoResult): void {
  printNote('');
  printData(renderRun(run, { color: process.stdout.isTTY && process.stdout.hasColors(), events }).join('\n'));
  printData('');
  printData(
    holds.acceptedIsStored
      ? 'The token that the APM Server accepts is in the store.'
      : 'A LIVE TOKEN IS NOT IN THE STORE.',
  );
  if (run.outcome !== 'succeeded') return;
  printData('');
  printData(
    'With your own account: put your deployment and your targets into a copy of deploy/rotor.minimal.yaml, then',
  );
  printData('  EC_API_KEY_FILE=/path/to/key AWS_REGION=… npx rotor serve --config rotor.yaml');
  printData('  npx rotor rotate NAME --watch');
}

function summary({ run, events, holds }: DemoResult, seed: number, fault: string | undefined) {
  return { ...run, events, holds, seed, fault: fault ?? null };
}

function find(name: string): Scenario {
  const scenario = scenarios.find((one) => one.name === name);
  if (scenario) return scenario;
  const known = scenarios.map((one) => one.name).join(', ');
  throw new RotorError('request_invalid', `there is no fault "${name}"; known are ${known}`);
}

function parseSeed(text: string): number {
  const seed = Number(text);
  if (Number.isSafeInteger(seed) && seed >= 0) return seed;
  throw new RotorError('request_invalid', `--seed is "${text}"; expected a whole number from 0 on`);
}

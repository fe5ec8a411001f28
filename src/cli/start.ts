import { RotorError } from '../rotation/errors.js';
import type { RunMode } from '../rotation/run.js';
import { Client, type Plan } from './client.js';
import { show, type Output } from './output.js';
import { printNote, table } from './print.js';
import { exitCodeOf, watch } from './watch.js';

type Common = Output & { readonly reason: string; readonly watch?: boolean };

export type StartOptions = Common & {
  readonly selector?: string;
  readonly max?: string;
  readonly dryRun?: boolean;
  /** Id of a plan. */
  readonly plan?: string;
};

export async function rotate(name: string | undefined, options: StartOptions): Promise<number> {
  const { selector, dryRun = false, plan } = options;
  if ((name === undefined) === (selector === undefined))
    throw invalid(
      'one rotation or --selector is needed',
      name === undefined ? 'neither is given' : 'both are given',
    );
  if (name !== undefined) return dryRun ? printPlan(name, options) : start(name, 'rotate', options);
  if (dryRun || plan !== undefined || options.watch)
    throw invalid('--dry-run, --plan and --watch are for one rotation', '--selector is given');
  return rotateAll(String(selector), options);
}

/** Starts a run; with `watch`, the exit code tells what became of it. */
export async function start(name: string, mode: RunMode, options: StartOptions): Promise<number> {
  const client = await Client.fromEnvironment();
  const { reason, plan } = options;
  return follow(client, await client.start(name, mode, reason, plan), options);
}

/** As `start`, of a run that delivers and changes nothing else. */
export async function redeliver(
  name: string,
  options: Common & { readonly target?: readonly string[] },
): Promise<number> {
  const client = await Client.fromEnvironment();
  const { reason, target } = options;
  return follow(
    client,
    await client.redeliver(name, { reason, ...(target && { targets: [...target] }) }),
    options,
  );
}

async function follow(
  client: Client,
  started: { readonly id: string; readonly rotation: string },
  options: Common,
): Promise<number> {
  const { id } = started;
  if (!options.watch) {
    await show(started, options, { table: () => id, names: () => [id] });
    printNote(`started; watch it with: rotor watch ${id}`);
    return 0;
  }
  const run = await watch(client, id);
  // The tree stands on standard error already.
  await show(run, options, { table: () => '', names: () => [id] });
  return exitCodeOf(run);
}

/** Exit code 4 where some were refused, 7 where all were. */
async function rotateAll(selector: string, options: StartOptions): Promise<number> {
  const max = Number(options.max);
  if (!Number.isInteger(max) || max < 1) throw invalid('--max: a whole number from 1 on', `"${options.max}"`);
  const client = await Client.fromEnvironment();
  const { runs, refused } = await client.startAll({ selector, max, reason: options.reason });
  await show({ runs, refused }, options, {
    table: () =>
      table(
        ['ROTATION', 'RUN'],
        runs.map(({ rotation, id }) => [rotation, id]),
      ),
    names: () => runs.map(({ id }) => id),
  });
  for (const { rotation, problem } of refused) printNote(`${rotation}: ${problem.detail}`);
  if (runs.length > 0) printNote('started; see how they get on with: rotor runs --active');
  if (refused.length === 0) return 0;
  return runs.length > 0 ? 4 : 7;
}

/** Exit code 0 where a run would begin, 7 where it would be refused, 8 where it would wait. */
async function printPlan(name: string, options: Output): Promise<number> {
  const client = await Client.fromEnvironment();
  const plan = await client.plan(name);
  await show(plan, options, { table: () => planText(plan), names: () => [plan.planId] });
  if (plan.verdict === 'ready') printNote(`next: rotor rotate ${name} --plan ${plan.planId}`);
  return { ready: 0, would_refuse: 7, would_wait: 8 }[plan.verdict];
}

const NAMED = 10;
const VERDICTS = { ready: 'ready', would_wait: 'would wait', would_refuse: 'would be refused' } as const;

function planText(plan: Plan): string {
  const { rotation, verdict, resource, chosen, tokenChosenBy, fingerprint, steps, targets, detail } = plan;
  const gap = plan.authGapEstimateMs;
  const lines = [
    `${rotation}: ${VERDICTS[verdict]}. ${detail}`,
    resource !== null && `  resource  ${chosen ?? resource}`,
    tokenChosenBy !== null &&
      `  token     ${fingerprint ?? 'unreadable'}, the next one is chosen by ${tokenChosenBy === 'issuer' ? 'the issuer' : 'Rotor'}`,
    steps.length > 0 && `  steps     ${steps.join(', ')}`,
    ...waveLines(targets),
    `  auth gap  ${gap === null ? 'not measured yet' : `${(gap / 1_000).toFixed(1)} s, as the runs before it`}`,
    ...plan.warnings.map((warning) => `  warning   ${warning}`),
    `  until     ${plan.expiresAt}`,
  ];
  return lines.filter((line) => line !== false).join('\n');
}

/** A line for each wave; of hundreds of targets the first ones by name. */
function waveLines(targets: Plan['targets']): string[] {
  const waves = [...new Set(targets.map(({ wave }) => wave))].toSorted((a, b) => a - b);
  if (waves.length === 0) return ['  targets   none'];
  return waves.map((wave) => {
    const names = targets.filter((one) => one.wave === wave).map(({ name, type }) => `${name} (${type})`);
    const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
    const label = waves.length === 1 ? 'targets' : `wave ${wave}`;
    return `  ${label.padEnd(9)} ${names.slice(0, NAMED).join(', ')}${more}`;
  });
}

function invalid(expected: string, found: string): RotorError {
  return new RotorError('request_invalid', `${expected}; ${found}`, { hint: 'See `rotor rotate --help`.' });
}

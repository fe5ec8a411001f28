import { RotorError } from '../rotation/errors.js';
import { Client, type Plan } from './client.js';
import { saySkippedOf } from './emergency.js';
import { escaped, tableOf } from './markdown.js';
import { show, type Output } from './output.js';
import { printData, printNote } from './print.js';

export type DryRunOptions = Omit<Output, 'output'> & {
  readonly output?: Output['output'] | 'markdown';
  readonly emergency?: boolean;
};

/** With which `rotate` prints a page. */
export type PageOptions = DryRunOptions & {
  readonly output: 'markdown';
  readonly dryRun?: boolean;
  readonly selector?: string;
  readonly all?: boolean;
};

/** Throws `request_invalid` where something else than the plan of one rotation is asked for. */
export function theOneToPlan(names: readonly string[], options: PageOptions): string {
  const { dryRun: isDry = false, selector, all = false } = options;
  const [name] = names;
  const isOne = names.length === 1 && selector === undefined && !all;
  if (isDry && name !== undefined && isOne) return name;
  throw new RotorError(
    'request_invalid',
    '-o markdown is for the plan of one rotation: name it, and give --dry-run',
  );
}

/** Exit code 0 where a run would begin, 7 where it would be refused, 8 where it would wait. */
export async function dryRun(
  name: string,
  { emergency: isUrgent = false, output, ...options }: DryRunOptions,
): Promise<number> {
  const client = await Client.fromEnvironment();
  const plan = await client.plan(name, isUrgent);
  const how = isUrgent ? ' --emergency --reason …' : '';
  const agreed = `rotor rotate ${name}${how} --plan ${plan.planId}`;
  if (output === 'markdown' && options.json !== true) printData(planMarkdown(plan, agreed));
  else {
    const form = output !== undefined && output !== 'markdown' && { output };
    await show(plan, { ...options, ...form }, { table: () => planText(plan), names: () => [plan.planId] });
  }
  if (isUrgent) await saySkippedOf(client, [name]);
  printNote(`next: ${plan.verdict === 'ready' ? agreed : nextOfPlan(plan)}`);
  return exitOfPlan(plan);
}

export function exitOfPlan({ verdict }: Plan): number {
  return { ready: 0, would_refuse: 7, would_wait: 8 }[verdict];
}

/** Of one that is not ready. */
export function nextOfPlan({ rotation, code }: Plan): string {
  return `rotor ${code === 'paused' ? 'resume' : 'status'} ${rotation}`;
}

const NAMED = 10;

export const VERDICTS = {
  ready: 'ready',
  would_wait: 'would wait',
  would_refuse: 'would be refused',
} as const;

export function planText(plan: Plan): string {
  return [headOf(plan), ...rowsOf(plan).map(([label, text]) => `  ${label.padEnd(9)} ${text}`)].join('\n');
}

/** For the comment of a pull request; `agreed`: the command that starts just this. */
export function planMarkdown(plan: Plan, agreed: string): string {
  return [
    `### ${escaped(headOf(plan))}`,
    '',
    ...tableOf(['', ''], rowsOf(plan)),
    ...(plan.verdict === 'ready' ? ['', `Exactly this, and nothing else: \`${agreed}\``] : []),
  ].join('\n');
}

function headOf({ rotation, verdict, detail }: Plan): string {
  return `${rotation}: ${VERDICTS[verdict]}: ${detail}`;
}

type Row = readonly [label: string, text: string];

function rowsOf(plan: Plan): Row[] {
  const { resource, chosen, tokenChosenBy, fingerprint, steps, targets } = plan;
  const gap = plan.authGapEstimateMs;
  const who = tokenChosenBy === 'issuer' ? 'the issuer' : 'Rotor';
  return [
    ...(resource === null ? [] : [['resource', chosen ?? resource] as const]),
    ...(tokenChosenBy === null
      ? []
      : [['token', `${fingerprint ?? 'unreadable'}, the next one is chosen by ${who}`] as const]),
    ...(steps.length === 0 ? [] : [['steps', steps.join(', ')] as const]),
    ...waveRows(targets),
    ['auth gap', gap === null ? 'not measured yet' : `${(gap / 1_000).toFixed(1)} s, as the runs before it`],
    ...plan.warnings.map((warning) => ['warning', warning] as const),
    ['until', plan.expiresAt],
  ];
}

/** A row for each wave; of hundreds of targets the first ones by name. */
function waveRows(targets: Plan['targets']): Row[] {
  const waves = [...new Set(targets.map(({ wave }) => wave))].toSorted((a, b) => a - b);
  if (waves.length === 0) return [['targets', 'none']];
  return waves.map((wave) => {
    const names = targets.filter((one) => one.wave === wave).map(({ name, type }) => `${name} (${type})`);
    const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
    return [waves.length === 1 ? 'targets' : `wave ${wave}`, `${names.slice(0, NAMED).join(', ')}${more}`];
  });
}

import { Client, type Plan } from './client.js';
import { saySkippedOf } from './emergency.js';
import { show, type Output } from './output.js';
import { printNote } from './print.js';

/** Exit code 0 where a run would begin, 7 where it would be refused, 8 where it would wait. */
export async function dryRun(
  name: string,
  { emergency: isUrgent = false, ...options }: Output & { readonly emergency?: boolean },
): Promise<number> {
  const client = await Client.fromEnvironment();
  const plan = await client.plan(name);
  await show(plan, options, { table: () => planText(plan), names: () => [plan.planId] });
  if (isUrgent) await saySkippedOf(client, [name]);
  const how = isUrgent ? ' --emergency --reason …' : '';
  if (plan.verdict === 'ready') printNote(`next: rotor rotate ${name}${how} --plan ${plan.planId}`);
  return exitOfPlan(plan);
}

export function exitOfPlan({ verdict }: Plan): number {
  return { ready: 0, would_refuse: 7, would_wait: 8 }[verdict];
}

const NAMED = 10;

export const VERDICTS = {
  ready: 'ready',
  would_wait: 'would wait',
  would_refuse: 'would be refused',
} as const;

export function planText(plan: Plan): string {
  const { rotation, verdict, resource, chosen, tokenChosenBy, fingerprint, steps, targets, detail } = plan;
  const gap = plan.authGapEstimateMs;
  const lines = [
    `${rotation}: ${VERDICTS[verdict]}: ${detail}`,
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

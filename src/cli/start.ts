import { RotorError } from '../rotation/errors.js';
import { begin } from './begin.js';
import { Client, type StartMode } from './client.js';
import { assertNamedOrChosen } from './each-of-many.js';
import { follow } from './follow.js';
import { sayOutOfSchedule } from './out-of-schedule.js';
import type { Output } from './output.js';
import { stayOf, type StayOptions } from './stay.js';

type Common = Output & StayOptions & { readonly reason: string };

export type StartOptions = Common & {
  readonly selector?: string;
  readonly all?: boolean;
  readonly max?: string;
  readonly yes?: boolean;
  readonly emergency?: boolean;
  readonly dryRun?: boolean;
  /** Id of a plan. */
  readonly plan?: string;
};

export async function rotate(names: readonly string[], options: StartOptions): Promise<number> {
  const { selector, all = false, emergency: isUrgent = false, dryRun: isDry = false, plan, max } = options;
  const [name] = names;
  const isChosen = selector !== undefined || all;
  const isMeant = plan !== undefined || max !== undefined || isUrgent;
  if (name === undefined && !isChosen && !isMeant) {
    const { guided } = await import('./guided.js');
    return guided(options);
  }
  assertNamedOrChosen('rotate', names, options);
  if (isUrgent) (await import('./emergency.js')).assertReason(options);
  if (name !== undefined && max !== undefined)
    throw invalid('--max is for --selector and --all', 'rotations are named');
  if (name === undefined || names.length > 1) {
    if (plan !== undefined || options.watch)
      throw invalid('--plan and --watch are for one rotation', 'more than one is meant');
    if (isDry) return (await import('./dry-run-many.js')).dryRunMany(names, options);
    const { startMany } = await import('./start-many.js');
    return startMany(names, options);
  }
  if (!isDry) return start(name, isUrgent ? 'emergency' : 'rotate', options);
  const { dryRun } = await import('./dry-run.js');
  return dryRun(name, options);
}

/**
 * Starts a run, or asks for the approval that it needs; of one that is waited for, the exit code tells what became of it.
 */
export async function start(name: string, mode: StartMode, options: StartOptions): Promise<number> {
  const stay = stayOf(options);
  const client = await Client.fromEnvironment();
  const { reason, plan } = options;
  if (mode === 'emergency') await (await import('./emergency.js')).saySkippedOf(client, [name]);
  if (mode === 'rotate') await sayOutOfSchedule(client.rotation(name).then((rotation) => [rotation]));
  return begin(client, { name, mode, reason, plan }, options, stay);
}

/** As `start`, of a run that delivers and changes nothing else. */
export async function redeliver(
  name: string,
  options: Common & { readonly target?: readonly string[] },
): Promise<number> {
  const stay = stayOf(options);
  const client = await Client.fromEnvironment();
  const { reason, target } = options;
  const started = await client.redeliver(name, { reason, ...(target && { targets: [...target] }) });
  return follow(client, started, options, stay);
}

function invalid(expected: string, found: string): RotorError {
  return new RotorError('request_invalid', `${expected}; ${found}`, { hint: 'See `rotor rotate --help`.' });
}

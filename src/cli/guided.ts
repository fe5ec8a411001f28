import { RotorError } from '../rotation/errors.js';
import type { RotationView } from '../triggers/rotation-view.js';
import { DECLINED, INTERRUPTED, isTerminal } from './agree.js';
import { begin } from './begin.js';
import { Client } from './client.js';
import { exitOfPlan, nextOfPlan, planText } from './dry-run.js';
import { isJson } from './output.js';
import { printNote } from './print.js';
import type { StartOptions } from './start.js';
import { stayOf } from './stay.js';
import { worstFirst } from './worst-first.js';

/** Asks a person; undefined where they want to stop. */
export type Guide = {
  choose(rotations: readonly RotationView[]): Promise<string | undefined>;
  reason(usual: string): Promise<string | undefined>;
  agree(question: string): Promise<boolean | undefined>;
};

/**
 * Choose a rotation, see its plan, say why, agree, watch. What was agreed to is what is started, or nothing: exit code 7
 * after a no, 130 after an interrupt. Throws `request_invalid` where there is nobody to ask.
 */
export async function guided(options: StartOptions, guide?: Guide): Promise<number> {
  const { watch, wait, reason: usual, dryRun: isDry } = options;
  const stay = stayOf({ ...options, ...(watch !== true && wait === undefined && { watch: true }) });
  const asked = guide ?? (await onTerminal(options));
  const client = await Client.fromEnvironment();
  // Those that AWS rotates are for nobody else to start.
  const rotations = (await client.rotations()).filter(({ drivenBy }) => drivenBy === null);
  if (rotations.length === 0)
    throw new RotorError('not_possible', 'the service has no rotation that could be started here');
  const name = await asked.choose(worstFirst(rotations));
  if (name === undefined) return stopped();
  const plan = await client.plan(name);
  printNote(planText(plan));
  if (plan.verdict !== 'ready' || isDry === true) {
    printNote(
      `next: ${plan.verdict === 'ready' ? `rotor rotate ${name} --plan ${plan.planId}` : nextOfPlan(plan)}`,
    );
    return exitOfPlan(plan);
  }
  const reason = await asked.reason(usual);
  if (reason === undefined) return stopped();
  const agreed = await asked.agree(questionOf(name, rotations));
  if (agreed === undefined) return stopped();
  if (!agreed) return declined();
  return begin(client, { name, mode: 'rotate', reason, plan: plan.planId }, options, stay);
}

function questionOf(name: string, rotations: readonly RotationView[]): string {
  const { approval } = rotations.find((one) => one.name === name) ?? {};
  if (!approval?.required) return `Rotate ${name} now, exactly so?`;
  return `${name} needs the approval of somebody else. Ask for it, exactly so?`;
}

function declined(): number {
  printNote('nothing was started\nnext: rotor rotate');
  return DECLINED;
}

function stopped(): number {
  printNote('stopped; nothing was started\nnext: rotor rotate');
  return INTERRUPTED;
}

async function onTerminal(options: StartOptions): Promise<Guide> {
  if (!isTerminal() || isJson(options) || options.output === 'yaml' || options.output === 'name')
    throw new RotorError(
      'request_invalid',
      'name one rotation or several, or give --selector or --all; nothing is given, and there is no terminal to choose one on',
      { hint: 'See `rotor rotate --help`.' },
    );
  const { guideOnTerminal } = await import('./guide-prompts.js');
  return guideOnTerminal;
}

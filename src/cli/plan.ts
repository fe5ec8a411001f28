import { durationMs, DURATION_EXPECTED } from '../config/duration.js';
import { RotorError } from '../rotation/errors.js';
import type { RotationDetail } from '../triggers/rotation-view.js';
import { approvalNote } from './approvals/note.js';
import { Client } from './client.js';
import { waitsFor } from './held.js';
import { untilOf } from './moment.js';
import { noneOf } from './none.js';
import { show, type Output } from './output.js';
import { printNote } from './print.js';

/**
 * When each rotation starts next by its schedule, by the clock of its zone. Exit code 3 where one of them is due now,
 * also where something holds it back.
 */
export async function plan(
  name: string | undefined,
  { selector, ...options }: Output & { readonly selector?: string },
): Promise<number> {
  if (name !== undefined && selector !== undefined)
    throw new RotorError('request_invalid', 'name a rotation, or choose by --selector: one of the two');
  const client = await Client.fromEnvironment();
  const names = name === undefined ? (await client.rotations({ selector })).map((one) => one.name) : [name];
  const rotations: RotationDetail[] = [];
  for (const one of names) rotations.push(await client.rotation(one));
  const [first] = rotations;
  await show(name === undefined || !first ? { rotations } : first, options, {
    table: () => rotations.map(textOf).join('\n\n'),
    names: () => names,
    items: () => rotations,
    none: noneOf('rotations', { selector }),
  });
  return rotations.some(isDue) ? 3 : 0;
}

/** Also of one that is held back, and of one whose last run has failed. */
function isDue({ state, held }: RotationDetail): boolean {
  return state !== 'rotating' && (held !== null || state === 'due' || state === 'overdue');
}

export async function pause(
  name: string,
  options: Output & { readonly reason: string; readonly until?: string; readonly for?: string },
): Promise<number> {
  const end = endOf(options);
  const client = await Client.fromEnvironment();
  const rotation = await client.pause(name, options.reason, end);
  if (rotation.lastRun?.outcome === null)
    printNote(`the run ${rotation.lastRun.id} is under way and goes on; the pause holds the next ones`);
  return showOne(rotation, options);
}

export async function resume(name: string, options: Output & { readonly reason: string }): Promise<number> {
  const client = await Client.fromEnvironment();
  const { pause: paused } = await client.rotation(name);
  const rotation = await client.resume(name, options.reason);
  if (paused === null) printNote(`${name} was not paused: nothing was changed`);
  return showOne(rotation, options);
}

async function showOne(rotation: RotationDetail, options: Output): Promise<number> {
  await show(rotation, options, { table: () => textOf(rotation), names: () => [rotation.name] });
  return 0;
}

function endOf({
  until,
  for: after,
}: {
  readonly until?: string;
  readonly for?: string;
}): string | undefined {
  if (after === undefined) return until === undefined ? undefined : untilOf(until);
  if (until !== undefined)
    throw new RotorError('request_invalid', 'a pause has one end: --until and --for were both given');
  const ms = durationMs(after);
  if (ms === undefined)
    throw new RotorError('request_invalid', `--for: found "${after}", expected ${DURATION_EXPECTED}`);
  return new Date(Date.now() + ms).toISOString();
}

function textOf({
  name,
  state,
  timezone,
  held,
  pause: paused,
  nextStarts,
  drivenBy,
  approval,
}: RotationDetail): string {
  const lines = [`${name}  ${state.replaceAll('_', ' ')}  ${timezone}`];
  if (paused)
    lines.push(
      `  paused ${paused.until === null ? 'until somebody resumes it' : `until ${paused.until}`}: ${paused.reason}`,
    );
  else if (held && state !== 'rotating') lines.push(`  due, and waits for ${waitsFor(held)}`);
  const note = approvalNote({ name, approval });
  if (note) lines.push(`  ${note.says}; next: ${note.next}`);
  if (drivenBy !== null) lines.push('  AWS Secrets Manager starts it');
  else if (nextStarts.length === 0)
    lines.push(paused || approval.pending !== null ? '  no start before that' : '  no start by schedule');
  return [...lines, ...nextStarts.map((start) => `  ${start}`)].join('\n');
}

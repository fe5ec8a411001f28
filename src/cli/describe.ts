import type { RotationDetail } from '../triggers/rotation-view.js';
import type { RunView } from '../triggers/run-view.js';
import { ageOf, timesFor, type Times } from './age.js';
import { approvalNote } from './approvals/note.js';
import { Client, type Deployment, type RunSummary, type Target } from './client.js';
import { apmOf, only } from './get/deployments.js';
import { targetTable } from './get/targets.js';
import { show, type Output } from './output.js';
import { pairs } from './pairs.js';
import { runTrouble } from './remarks.js';
import { labelsOf, withoutStart } from './rotation-table.js';
import { runTable } from './run-table.js';
import { roomOf } from './room.js';
import { renderRun } from './tree.js';

const LAST_RUNS = 5;
const DAY_MS = 86_400_000;

/** All that the service knows of a rotation, on one page; nobody else is asked. */
export async function describeRotation(name: string, options: Output): Promise<number> {
  const client = await Client.fromEnvironment();
  const rotation = await client.rotation(name);
  const targets = (await client.targets()).filter((target) => target.rotation === name);
  const { runs } = await client.runs({ rotation: name, limit: String(LAST_RUNS) });
  const told = { ...rotation, targets, runs };
  await show(told, options, {
    table: () => rotationText(rotation, targets, runs, timesFor(options)),
    names: () => [name],
  });
  return 0;
}

export async function describeRun(id: string, options: Output): Promise<number> {
  const run = await (await Client.fromEnvironment()).run(id);
  const { trigger, startedAt, endedAt, only: some } = run;
  const about = pairs([
    ['Mode', run.mode],
    ['Started', `${startedAt ?? '–'} by ${trigger.by ?? trigger.kind}: ${trigger.reason}`],
    ['Approved', approvedBy(run)],
    ['Ended', endedAt],
    ['Resource', run.resource],
    ['Targets', some === null ? null : `only ${some.join(', ')}`],
  ]);
  const color = process.stdout.isTTY && process.stdout.hasColors();
  await show(run, options, {
    table: () => [...about, '', ...renderRun(run, { color, room: roomOf() })].join('\n'),
    names: () => [id],
  });
  return 0;
}

/** By name, of which there may be several, or by id. Exit code 6 where a cloud has not told of all that it has. */
export async function describeDeployment(name: string, options: Output): Promise<number> {
  const list = only(await (await Client.fromEnvironment()).deployments(), name);
  const { deployments, unmatched, clouds } = list;
  await show(list, options, {
    table: () =>
      [
        ...deployments.map((one) => deploymentText(one).join('\n')),
        ...unmatched.map(({ rotation, detail }) => `${rotation}: ${detail}`),
      ].join('\n\n'),
    names: () => deployments.map(({ id }) => id),
    items: () => deployments,
  });
  return clouds.every(({ state }) => state === 'answered') ? 0 : 6;
}

function rotationText(
  rotation: RotationDetail,
  targets: readonly Target[],
  runs: readonly RunSummary[],
  times: Times,
): string {
  const { name, labels, state, fingerprint, tokenSince, maxAgeMs, drivenBy, drift, nextStarts, timezone } =
    rotation;
  const { replacedBefore } = rotation;
  const trouble = runTrouble(rotation);
  const age = times.isUtc ? '' : ` (${ageOf(tokenSince, times.now)})`;
  const since = tokenSince === null ? '' : `, since ${tokenSince}${age}`;
  const about = pairs([
    ['Name', name],
    ['Labels', labelsOf(labels)],
    ['State', state.replaceAll('_', ' ')],
    ['Because', trouble && `${trouble} next: rotor status ${name}`],
    ['Token', fingerprint === null ? null : `${fingerprint}${since}`],
    ['Max age', maxAgeMs === null ? null : `${maxAgeMs / DAY_MS} days`],
    ['Started by', drivenBy === 'aws' ? 'AWS Secrets Manager' : null],
    ['Cron', rotation.schedule.cron === null ? null : `${rotation.schedule.cron} (${timezone})`],
    ['Next start', rotation.nextDueAt ?? withoutStart(rotation)],
    [
      'Paused',
      rotation.pause && `until ${rotation.pause.until ?? 'somebody resumes it'}: ${rotation.pause.reason}`,
    ],
    ['Held by', rotation.held && `${rotation.held.by.replaceAll('_', ' ')}${reasonOf(rotation.held.reason)}`],
    [
      'Deliveries',
      rotation.deliveriesPaused &&
        `paused by ${rotation.deliveriesPaused.run}: ${rotation.deliveriesPaused.reason}`,
    ],
    ['Approval', approvalOf(rotation)],
    ['Drift', drift && `${drift.detail}; next: ${drift.repair}`],
    ['Put back', replacedBefore && `${replacedBefore.detail}; next: ${replacedBefore.repair}`],
  ]);
  return [
    about.join('\n'),
    `Targets\n${targets.length === 0 ? 'none' : targetTable(targets)}`,
    ...(nextStarts.length === 0 ? [] : [`Next starts\n${nextStarts.join('\n')}`]),
    `Last runs\n${runs.length === 0 ? 'none' : runTable(runs, times)}`,
  ].join('\n\n');
}

function approvedBy({ trigger: { approved } }: RunView): string | null {
  if (approved === null) return null;
  const { approval, by, at, comment } = approved;
  return `${at} by ${by}${reasonOf(comment)} (${approval})`;
}

function approvalOf(rotation: RotationDetail): string | null {
  const note = approvalNote(rotation);
  if (note) return `${note.says}; next: ${note.next}`;
  return rotation.approval.required ? 'each new token needs one' : null;
}

function reasonOf(reason: string | null): string {
  return reason === null ? '' : `: ${reason}`;
}

function deploymentText({ name, id, cloud, state, rotations, apm, tags, problem }: Deployment): string[] {
  return pairs([
    ['Name', name],
    ['Id', id],
    ['Cloud', cloud],
    ['State', state.replaceAll('_', ' ')],
    ['Rotations', rotations.join(', ') || '–'],
    ['APM', apm.length === 0 ? '–' : `${apmOf(apm)}: ${apm.map(({ refId }) => refId).join(', ')}`],
    ['Tags', tags.map(({ key, value }) => `${key}=${value}`).join(', ') || '–'],
    ['Problem', problem],
  ]);
}

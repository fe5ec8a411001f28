import type { RotationView } from '../triggers/rotation-view.js';
import { approvalNote } from './approvals/note.js';
import { waitsFor } from './held.js';
import { heldBack } from './paused.js';
import { hanging } from './room.js';

/** A list is to be read at a glance. */
const MOST_REMARKED = 5;

/**
 * A paragraph each, why they need somebody and the next command: first those whose token somebody else has changed,
 * then in the order of the rotations.
 */
export function remarksOfAll(rotations: readonly RotationView[]): string[] {
  const ordered = [...rotations.filter(isMeddledWith), ...rotations.filter((one) => !isMeddledWith(one))];
  const remarked = ordered.map(remarksOf).filter((remarks) => remarks.length > 0);
  const left = remarked.length - MOST_REMARKED;
  const more = left > 0 ? [`\nand ${left} more\n  next: rotor status NAME, of each`] : [];
  return [...remarked.slice(0, MOST_REMARKED).flat(), ...more];
}

function isMeddledWith({ drift, replacedBefore }: RotationView): boolean {
  return drift !== null || replacedBefore !== null;
}

function remarksOf(rotation: RotationView): string[] {
  const { name, state, deliveriesPaused } = rotation;
  const run = runRemark(rotation);
  return [
    ...(run === undefined ? [] : [paragraph(run, `rotor status ${name}`)]),
    ...(deliveriesPaused ? [heldBack(name, deliveriesPaused)] : []),
    ...(state === 'overdue' ? overdueRemarks(rotation) : []),
    ...standingRemarks(rotation),
  ];
}

function runRemark({ name, state, lastRun }: RotationView): string | undefined {
  const is = IS[state];
  if (is === undefined || lastRun === null) return undefined;
  // What lacks after a partial run comes after what does not.
  const why = state === 'degraded' ? lastRun.detail : sentence(lastRun.detail);
  return `${name} ${is}: ${why}`;
}

/** What the tree of its last run does not tell of a rotation; also of one that has none. */
export function remarksBesideRun(rotation: RotationView): string[] {
  const { state, lastRun } = rotation;
  const isDue = state === 'overdue' || state === 'due';
  return [
    ...(isDue ? overdueRemarks(rotation) : []),
    ...(state === 'failed' && lastRun !== null ? [`  next: ${again(lastRun)}`] : []),
    ...standingRemarks(rotation),
  ];
}

/** Why a rotation is at what it is, where its last run is the reason; null: something else is, or nothing. */
export function runTrouble({ state, lastRun }: RotationView): string | null {
  return IS[state] === undefined ? null : (lastRun?.detail ?? null);
}

const IS: Partial<Readonly<Record<RotationView['state'], string>>> = {
  stalled: 'is stalled',
  failed: 'has failed',
  degraded: 'is degraded',
};

/** A pause and an approval have remarks of their own, with the command that ends them. */
function overdueRemarks(rotation: RotationView): string[] {
  const { name, state, held, pause, drivenBy, lastRun } = rotation;
  if (pause !== null || approvalNote(rotation)) return [];
  if (drivenBy !== null)
    return [
      paragraph(
        `${name} is ${state}: AWS Secrets Manager alone starts it`,
        `rotor describe rotation ${name}`,
      ),
    ];
  if (lastRun?.outcome === 'failed')
    return [
      paragraph(
        `${name} is ${state}, and its last run has failed: ${sentence(lastRun.detail)}`,
        again(lastRun),
      ),
    ];
  if (held === null) return state === 'due' ? [] : [paragraph(`${name} is overdue`, `rotor rotate ${name}`)];
  const until = held.until === null ? '' : ` until ${held.until}`;
  return [
    paragraph(
      `${name} is ${state}, and held back${until}: it waits for ${waitsFor(held)}`,
      `rotor rotate ${name}`,
    ),
  ];
}

function standingRemarks(rotation: RotationView): string[] {
  const { name, drift, replacedBefore, pause } = rotation;
  const note = approvalNote(rotation);
  return [
    ...(drift ? [paragraph(`${name}: ${drift.detail}.`, drift.repair)] : []),
    ...(replacedBefore ? [paragraph(`${name}: ${replacedBefore.detail}.`, replacedBefore.repair)] : []),
    ...(pause ? [pauseRemark(name, pause)] : []),
    ...(note ? [paragraph(`${name} ${note.says}`, note.next)] : []),
  ];
}

function again({ id }: NonNullable<RotationView['lastRun']>): string {
  return `rotor retry ${id}, once that is mended`;
}

function pauseRemark(name: string, { reason, until }: NonNullable<RotationView['pause']>): string {
  const end = until === null ? 'until somebody resumes it' : `until ${until}`;
  return paragraph(`${name} is paused ${end}: ${reason}`, `rotor resume ${name}`);
}

function paragraph(says: string, next: string): string {
  return `\n${hanging('', says)}\n  next: ${next}`;
}

/** The first one: the rest of it is in the run. */
function sentence(detail: string | null): string {
  return detail?.split(/(?<=[.!?])\s/, 1)[0] ?? 'nothing is known';
}

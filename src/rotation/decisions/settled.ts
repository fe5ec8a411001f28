import type { Action } from '../action.js';
import { isOver, outcomeOf, type DeliveryState } from '../delivery.js';
import { replacedWords } from '../replaced.js';
import type { Replaced, Run, RunIn } from '../run.js';

export function settled(run: RunIn<'settled'>): Action {
  const { state, deliveries } = run;
  if (!deliveries.every(isOver)) return { do: 'deliver' };
  const { current, previous, oldStillAccepted, replicasBehind, replaced } = state;
  const found = outcomeOf(deliveries, oldStillAccepted);
  const isPartial = found.outcome === 'succeeded' && replicasBehind !== undefined;
  const verdict = isPartial ? ({ outcome: 'partial', reason: 'replicas_behind' } as const) : found;
  const said = describe(run);
  const detail = replicasBehind === undefined ? said : `${said} ${replicasBehind}`;
  const left = { current, ...(previous && { previous }), ...(replaced && { replaced }) };
  return { do: 'move', to: { state: 'ended', ...verdict, detail, ...left } };
}

/** More names than these nobody reads in a sentence; the run shows them all. */
const NAMED = 10;

function listed(names: readonly string[]): string {
  const more = names.length - NAMED;
  return names.slice(0, NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** The command that brings the token to these alone: without a name it would go to everybody. */
export function redeliver(
  { id, rotation }: Pick<Run, 'id' | 'rotation'>,
  targets: readonly string[],
): string {
  if (targets.length > NAMED) return `rotor retry ${id}`;
  return `rotor redeliver ${rotation} --target ${targets.join(' ')}`;
}

/** Where others have replaced it, AWS may be the one to do so again: a run does not know. */
function howToReplace({ seen }: Replaced, rotation: string): string {
  return seen
    ? `\`rotor status ${rotation}\` says how to replace it.`
    : `\`rotor rotate ${rotation}\` replaces it.`;
}

function describe(run: RunIn<'settled'>): string {
  const { rotation, deliveries, state } = run;
  const { current, oldStillAccepted, replaced } = state;
  const namesOf = (wanted: DeliveryState): string[] =>
    deliveries.filter((delivery) => delivery.state === wanted).map((delivery) => delivery.target);
  const [failed, skipped] = [namesOf('failed'), namesOf('skipped')];
  const released = namesOf('needs_release');
  const told = deliveries.filter(({ acknowledged }) => acknowledged).map(({ target }) => target);
  const assumed = namesOf('assumed').filter((name) => !told.includes(name));
  const taken = namesOf('superseded');
  const said = [
    taken.length === 0
      ? `${current.fingerprint} is accepted and current in the store.`
      : `${current.fingerprint} was current until a newer run of ${rotation} took over the deliveries to ${listed(taken)}.`,
  ];
  if (replaced)
    said.push(`${current.fingerprint} ${replacedWords(replaced)}. ${howToReplace(replaced, rotation)}`);
  if (failed.length > 0)
    said.push(
      `Not on it: ${listed(failed)}. Repair what is wrong there, then \`${redeliver(run, failed)}\`.`,
    );
  if (skipped.length > 0)
    said.push(`Skipped: ${listed(skipped)}. When they may get it: \`${redeliver(run, skipped)}\`.`);
  if (released.length > 0)
    said.push(
      `Only a new version of the application brings it to ${listed(released)}: until then they are refused.`,
    );
  if (assumed.length > 0) said.push(`Delivered but not observable: ${listed(assumed)}.`);
  if (told.length > 0) said.push(`By the word of a person alone: ${listed(told)}.`);
  if (oldStillAccepted)
    said.push('The old token is still accepted by a part of the connections: find out what answers them.');
  return said.join(' ');
}

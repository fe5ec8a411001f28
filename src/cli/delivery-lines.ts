import type { styleText } from 'node:util';
import type { RunView } from '../triggers/run-view.js';
import { counted } from './counted.js';

type Color = Parameters<typeof styleText>[0];
type Delivery = RunView['deliveries'][number];

export type Mark = readonly [icon: string, color: Color];

const MARKS: Record<Delivery['state'], Mark> = {
  waiting: ['○', 'gray'],
  delivering: ['◌', 'cyan'],
  observing: ['◌', 'cyan'],
  converged: ['✔', 'green'],
  // Never green: nobody has seen it.
  assumed: ['?', 'yellow'],
  needs_release: ['!', 'yellow'],
  failed: ['✖', 'red'],
  skipped: ['–', 'yellow'],
  superseded: ['–', 'gray'],
};

/** More than these fit on no screen: of a fleet, who waits and who is done is counted, and who needs a look is named. */
const MOST_LINES = 20;
const COUNTED: ReadonlySet<Delivery['state']> = new Set(['waiting', 'converged', 'superseded', 'skipped']);

/** A line for each target; of a fleet, a line for each wave and one for each target that is under way or in trouble. */
export function deliveryLines(
  { deliveries, id, outcome }: Pick<RunView, 'deliveries' | 'id' | 'outcome'>,
  paint: (mark: Mark) => string,
): string[] {
  const waves = waveNumbers(deliveries);
  const isFleet = deliveries.length > MOST_LINES;
  const lines = waves.flatMap((wave) => {
    const inWave = deliveries.filter((delivery) => delivery.wave === wave);
    const heading = isFleet || waves.length > 1 ? [`wave ${wave}/${waves.length}  ${countsOf(inWave)}`] : [];
    const named = isFleet ? inWave.filter(({ state }) => !COUNTED.has(state)) : inWave;
    const shown = named
      .slice(0, MOST_LINES)
      .map((delivery) => lineOf(delivery, paint, nextOf(delivery, id, outcome)));
    const more = named.length > MOST_LINES ? [`… and ${named.length - MOST_LINES} more`] : [];
    return [...heading, ...shown, ...more];
  });
  return lines.map((line, index) => `${index === lines.length - 1 ? '└─' : '├─'} ${line}`);
}

function waveNumbers(deliveries: readonly Delivery[]): number[] {
  return [...new Set(deliveries.map(({ wave }) => wave))].toSorted((a, b) => a - b);
}

function countsOf(deliveries: readonly Delivery[]): string {
  const counts = new Map<string, number>();
  for (const { state } of deliveries) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].map(([state, count]) => `${count} ${state.replaceAll('_', ' ')}`).join(', ');
}

function lineOf(delivery: Delivery, paint: (mark: Mark) => string, next: string): string {
  const { state, seen, fingerprint, target } = delivery;
  const what = seen ? `${seen.converged}/${seen.of} on ${fingerprint}` : state.replaceAll('_', ' ');
  return `${paint(MARKS[state])} ${target}  ${what}${moreOf(delivery)}${next}`;
}

function moreOf({ problem, tries, nextTryAt, detail, acknowledged }: Delivery): string {
  const next = nextTryAt === null ? '' : `, the next at ${nextTryAt.slice(11, 19)}Z`;
  if (problem) return `  ${problem.detail} (${counted(tries, 'try', 'tries')}${next})`;
  if (acknowledged) return `  by the word of ${acknowledged.by ?? 'a person'}: ${acknowledged.reason}`;
  return detail === null ? '' : `  ${detail}`;
}

/** Where it is in trouble, and a person need not wait. Once the run has ended it names what it is without itself. */
function nextOf(
  { state, target, problem, mayAsk }: Delivery,
  run: string,
  outcome: RunView['outcome'],
): string {
  if (outcome === null && mayAsk.includes('retry') && problem !== null)
    return `  → rotor retry ${run} ${target}`;
  return mayAsk.includes('ack') && state === 'needs_release'
    ? `  → rotor ack ${run} ${target} --reason …, once it is released`
    : '';
}

import { redeliver } from '../rotation/decisions/settled.js';
import type { RunView } from '../triggers/run-view.js';
import { isJson, type Output } from './output.js';
import { printNote } from './print.js';

type Shown = Pick<RunView, 'id' | 'rotation' | 'outcome' | 'deliveries'>;

/**
 * Names the same command as the run itself, where it has left targets behind, and of one that has come to nothing how
 * to try it again where it is another than the one that the reader knows of. Else nothing: the exit code tells.
 */
export function sayNextOf(run: Shown, options: Output, known: string | undefined): void {
  const next = isJson(options) ? undefined : nextOf(run, known);
  if (next !== undefined) printNote(`next: ${next}`);
}

function nextOf(run: Shown, known: string | undefined): string | undefined {
  const { id, outcome, deliveries } = run;
  if (outcome === null || outcome === 'succeeded') return undefined;
  const named = (wanted: string): string[] =>
    deliveries.flatMap(({ target, state }) => (state === wanted ? [target] : []));
  const [failed, skipped] = [named('failed'), named('skipped')];
  if (outcome === 'partial' && failed.length > 0) return `${redeliver(run, failed)}, once that is mended`;
  if (outcome === 'partial' && skipped.length > 0) return `${redeliver(run, skipped)}, when they may get it`;
  const unreleased = deliveries.find(
    ({ state, mayAsk }) => state === 'needs_release' && mayAsk.includes('ack'),
  );
  if (outcome === 'partial' && unreleased)
    return `rotor ack ${id} ${unreleased.target} --reason …, once it is released`;
  if (known === id) return undefined;
  return `rotor retry ${id}, ${outcome === 'cancelled' ? 'where it is wanted after all' : 'once that is mended'}`;
}

import type { Run } from '../rotation/run.js';
import { wellFormed } from '../rotation/well-formed.js';

/** Who has started a run: the caller of the API by name, else what kind of trigger it was. */
export function starterIn({ trigger }: Pick<Run, 'trigger'>): string {
  const by = trigger.kind === 'api' ? trigger.by : undefined;
  return wellFormed(by ?? trigger.kind);
}

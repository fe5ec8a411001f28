import type { Run } from '../rotation/run.js';

/** Of a run that has ended; null while it goes on. */
export function outcomeIn({ state }: Run): string | null {
  return state.state === 'ended' ? state.outcome : null;
}

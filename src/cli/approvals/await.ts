import { setTimeout as delay } from 'node:timers/promises';
import { Stop } from '../../rotation/stop.js';
import type { Client } from '../client.js';
import { patiently } from '../patience.js';
import { printNote } from '../print.js';
import type { Approval } from './service.js';

/** A caller has 600 requests a minute. */
const LOOK_MS = 1_000;

/**
 * Until somebody has decided, and what was granted has started its run. Whoever stops waiting gets it as it is, and is
 * told how to go on: the request waits all the same. `withinMs`: milliseconds.
 */
export async function untilDecided(
  client: Client,
  asked: Approval,
  withinMs: number | undefined,
): Promise<Approval> {
  const detach = new AbortController();
  const interrupted = (): void => detach.abort();
  process.on('SIGINT', interrupted);
  using stop = new Stop([detach.signal], withinMs);
  const { signal } = stop;
  let now = asked;
  try {
    while (isOpen(now)) {
      await delay(LOOK_MS, undefined, { signal });
      now = await patiently(async () => client.approvals.one(asked.id, signal), signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    process.off('SIGINT', interrupted);
  }
  if (isOpen(now)) {
    const why = detach.signal.aborted ? 'detached' : 'the time is over';
    printNote(`${why}; ${asked.id} waits on.\nnext: rotor describe approval ${asked.id}`);
  }
  return now;
}

/** Also where it is granted: the schedule starts that run when it may, and another replica takes a moment to. */
export function isOpen({ state, run }: Approval): boolean {
  return state === 'pending' || (state === 'granted' && run === null);
}

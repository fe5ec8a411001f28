import { setTimeout as delay } from 'node:timers/promises';
import { Stop } from '../../rotation/stop.js';
import type { Client } from '../client.js';
import { patiently } from '../patience.js';
import { printNote } from '../print.js';
import type { Approval } from './service.js';

/** A caller has 600 requests a minute. */
const LOOK_MS = 1_000;

export type Waiting = {
  /** Milliseconds. */
  readonly withinMs: number | undefined;
  /** Is told once an interrupt only detaches. */
  readonly note?: string | undefined;
};

export type Waited = {
  readonly approval: Approval;
  /** Why nobody waits any longer for what is not decided; the request waits on. */
  readonly left?: 'detached' | 'the time is over';
};

/** Until somebody has decided, and what was granted has started its run. */
export async function untilDecided(
  client: Client,
  asked: Approval,
  { withinMs, note }: Waiting,
): Promise<Waited> {
  const detach = new AbortController();
  const interrupted = (): void => detach.abort();
  process.on('SIGINT', interrupted);
  using stop = new Stop([detach.signal], withinMs);
  const { signal } = stop;
  let approval = asked;
  try {
    if (note !== undefined) printNote(note);
    while (isOpen(approval)) {
      await delay(LOOK_MS, undefined, { signal });
      approval = await patiently(async () => client.approvals.one(asked.id, signal), signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    process.off('SIGINT', interrupted);
  }
  if (!isOpen(approval)) return { approval };
  return { approval, left: detach.signal.aborted ? 'detached' : 'the time is over' };
}

/** Also where it is granted: the schedule starts that run when it may, and another replica takes a moment to. */
function isOpen({ state, run }: Approval): boolean {
  return state === 'pending' || (state === 'granted' && run === null);
}

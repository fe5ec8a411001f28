import type { MessageEvent } from '@nestjs/common';
import { Observable } from 'rxjs';
import type { Entry, Journal } from '../journal/journal.js';
import { asRotorError } from '../rotation/errors.js';
import { stallOf } from '../rotation/run.js';
import { placed } from './placed.js';
import { problemOf, type About } from './problem.js';

/** Below the half minute after which most proxies take a connection for dead. */
const PING_MS = 15_000;

/**
 * The log of a run as server-sent events, from the entry after `seq` on, each with its number as its id; ends after
 * the last one, which has an outcome: a reader that goes on by itself, as `EventSource` does, is to close then. One
 * that comes back with `Last-Event-ID` has missed nothing. `about`: of what it may fail with.
 */
export function runEvents(
  journal: Journal,
  { id, seq }: { readonly id: string; readonly seq: number },
  about: About,
): Observable<MessageEvent> {
  return new Observable((reader) => {
    const gone = new AbortController();
    const say = placed(reader, String(seq));
    tell(journal, id, seq, say, gone.signal)
      .catch((error: unknown) => say({ type: 'problem', data: problemOf(asRotorError(error), about) }))
      .finally(() => reader.complete());
    return () => gone.abort();
  });
}

async function tell(
  journal: Journal,
  id: string,
  after: number,
  say: (message: MessageEvent) => void,
  gone: AbortSignal,
): Promise<void> {
  let seq = after;
  while (!gone.aborted) {
    const entries = await journal.entries(id);
    const news = entries.filter((entry) => entry.seq > seq);
    for (const entry of news) say({ id: String(entry.seq), type: 'entry', data: viewOf(entry) });
    seq = news.at(-1)?.seq ?? seq;
    if (entries.some(({ state }) => state?.state === 'ended')) return;
    if (news.length === 0) say({ type: 'ping', data: {} });
    await journal.waitForChange(id, seq, PING_MS, gone);
  }
}

function viewOf(entry: Entry) {
  return { seq: entry.seq, at: new Date(entry.at).toISOString(), ...saidBy(entry) };
}

/** Only what the entry says: whoever wants the whole run asks for it. */
export function saidBy({ state, waitingFor, note, asked, deliveries }: Entry) {
  const stalled = state && stallOf(state);
  return {
    ...(state && { state: state.state }),
    ...(stalled && { stalled: { reason: stalled.reason, detail: stalled.detail } }),
    ...(state?.state === 'ended' && {
      outcome: state.outcome,
      reason: state.reason ?? null,
      detail: state.detail,
    }),
    ...(waitingFor !== undefined && { waitingFor }),
    ...(asked && { asked }),
    ...(deliveries && {
      deliveries: deliveries.map(({ target, state: delivery }) => ({ target, state: delivery })),
    }),
    ...(note !== undefined && { note }),
  };
}

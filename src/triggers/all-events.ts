import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import type { MessageEvent } from '@nestjs/common';
import { Observable } from 'rxjs';
import type { z } from 'zod';
import type { Feed, FeedFilter, FeedPosition, Happening } from '../journal/feed.js';
import { asRotorError } from '../rotation/errors.js';
import { Stop } from '../rotation/stop.js';
import type { Happening as HappeningAnswer } from './api/answers/index.js';
import { feedCursorOf } from './feed-cursor.js';
import { placed } from './placed.js';
import { problemOf, type About } from './problem.js';
import { saidBy } from './run-events.js';
import { askedView } from './run-view.js';

/** Below the half minute after which most proxies take a connection for dead. */
const PING_MS = 15_000;
/** What comes within it is sent together: a run that writes much is no reason to look each time. */
const TOGETHER_MS = 200;
const PAGE = 200;

type Story = {
  readonly feed: Feed;
  readonly after: FeedPosition;
  readonly filter: Omit<FeedFilter, 'limit'>;
  /** Then the stream ends: who may no longer see it does not for longer, and a reader that comes back goes on. */
  readonly lastsMs: number;
  /** Of what it may fail with. */
  readonly about: About;
};

/** What happens in all runs as server-sent events, each with the place after it as its id. */
export function allEvents(story: Story): Observable<MessageEvent> {
  return new Observable((reader) => {
    const gone = new AbortController();
    const say = placed(reader, feedCursorOf(story.after));
    tell(story, say, gone.signal)
      .catch((error: unknown) => say({ type: 'problem', data: problemOf(asRotorError(error), story.about) }))
      .finally(() => reader.complete());
    return () => gone.abort();
  });
}

async function tell(
  { feed, after, filter, lastsMs }: Story,
  say: (message: MessageEvent) => void,
  gone: AbortSignal,
): Promise<void> {
  const ends = performance.now() + lastsMs;
  using stop = new Stop([gone], lastsMs);
  for (let position = after; !gone.aborted;) {
    const { happenings, isMore, ...page } = await feed.page(position, { ...filter, limit: PAGE });
    position = page.position;
    for (const one of happenings)
      say({ id: feedCursorOf(one.position), type: 'event', data: happeningView(one) });
    if (performance.now() >= ends) return;
    if (isMore) {
      // Years may be read: whoever else wants something of this process has a turn in between.
      await turn();
      continue;
    }
    if (happenings.length === 0) say({ id: feedCursorOf(position), type: 'ping', data: {} });
    await feed.waitForMore(position, filter, PING_MS, stop.signal);
    await delay(TOGETHER_MS, undefined, { signal: stop.signal }).catch(() => undefined);
  }
}

export function happeningView(one: Happening): z.output<typeof HappeningAnswer> {
  const { rotation, run } = one;
  if (run === null) {
    const { act, at, number: seq } = one;
    const { what, reason, by = null } = act;
    const until = what === 'pause' && act.until !== undefined ? new Date(act.until).toISOString() : null;
    const approval = 'approval' in act ? { approval: act.approval } : {};
    return {
      at: new Date(at).toISOString(),
      rotation,
      run,
      seq,
      said: { what, reason, by, until, ...approval },
    };
  }
  const { entry, mode, startedBy: by } = one;
  const { seq, at, paused } = entry;
  const { asked, ...said } = saidBy(entry);
  return {
    at: new Date(at).toISOString(),
    rotation,
    run,
    seq,
    ...(seq === 1 && { opened: { mode, by } }),
    ...said,
    ...(asked !== undefined && { asked: asked && askedView(asked) }),
    ...(paused !== undefined && { held: paused && { reason: paused.reason, by: paused.by ?? null } }),
  };
}

import { Controller, Get, Headers, Inject, Query, Req, Res, Sse } from '@nestjs/common';
import type { MessageEvent } from '@nestjs/common';
import type { Observable } from 'rxjs';
import type { z } from 'zod';
import type { FeedFilter, FeedPosition } from '../journal/feed.js';
import type { Journal } from '../journal/journal.js';
import type { Clock } from '../rotation/clock.js';
import { BASE_URL, CLOCK, JOURNAL } from '../tokens.js';
import { callerOf, type Called } from './access/guard.js';
import { allEvents, happeningView } from './all-events.js';
import { among } from './among.js';
import type { EventList } from './api/answers/index.js';
import { FollowEvents, ListEvents } from './api/requests.js';
import { feedCursorOf, feedPositionOf } from './feed-cursor.js';
import { whenGone, type Leavable } from './gone.js';
import { linkNext } from './next-page.js';
import type { Traced } from './problem.js';
import { Rotations } from './rotations.js';

const MAX_WAIT_S = 60;
const LASTS_S = 900;
const LATELY_MS = 60 * 60_000;
const NOW = 'now';

type Reply = { header(name: string, value: string): unknown };
type Asked = { readonly rotation?: string | undefined; readonly selector?: string | undefined };

/** What happens, over all runs. */
@Controller('v1/events')
export class EventsController {
  constructor(
    @Inject(JOURNAL) private readonly journal: Journal,
    @Inject(Rotations) private readonly rotations: Rotations,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(BASE_URL) private readonly baseUrl: string,
  ) {}

  @Get()
  async list(
    @Query({ schema: ListEvents }) query: z.output<typeof ListEvents>,
    @Req() request: Called & Leavable & { readonly url: string },
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<z.output<typeof EventList>> {
    const { feed } = this.journal;
    const filter = this.#filter(query, request);
    const { since = this.clock.now() - LATELY_MS, after, limit } = query;
    const begin = await this.#position(after, since);
    const waitMs = secondsOf(query.wait, 0, MAX_WAIT_S) * 1_000;
    if (waitMs > 0) await feed.waitForMore(begin, filter, waitMs, whenGone(request));
    const { happenings, position, isMore } = await feed.page(begin, { ...filter, limit });
    const next = feedCursorOf(position);
    if (isMore) linkNext(reply, request.url, { after: next });
    return { events: happenings.map(happeningView), next, more: isMore };
  }

  /** Server-sent events; ends after a while, and who comes back with `Last-Event-ID` has missed nothing. */
  @Sse('stream')
  async follow(
    @Query({ schema: FollowEvents }) query: z.output<typeof FollowEvents>,
    @Headers('last-event-id') last: string | undefined,
    @Req() request: Called & Traced,
  ): Promise<Observable<MessageEvent>> {
    const { feed } = this.journal;
    const filter = this.#filter(query, request);
    const after = last === undefined ? await feed.from(query.since) : feedPositionOf(last);
    const about = { baseUrl: this.baseUrl, traceId: request.id };
    const lastsMs = secondsOf(query.for, LASTS_S, LASTS_S) * 1_000;
    return allEvents({ feed, after, filter, lastsMs, about });
  }

  async #position(after: string | undefined, since: number): Promise<FeedPosition> {
    if (after === NOW) return this.journal.feed.from();
    return after === undefined ? this.journal.feed.from(since) : feedPositionOf(after);
  }

  #filter({ rotation, selector }: Asked, request: Called): Omit<FeedFilter, 'limit'> {
    const { rotations } = among(this.rotations, callerOf(request), selector);
    if (rotation === undefined) return rotations ? { rotations } : {};
    return { rotations: rotations && !rotations.includes(rotation) ? [] : [rotation] };
  }
}

/** Of `30s`. */
function secondsOf(text: string | undefined, fallback: number, most: number): number {
  return text === undefined ? fallback : Math.min(most, Number.parseInt(text, 10));
}

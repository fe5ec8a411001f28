import { Controller, Get, Headers, Inject, Param, Query, Req, Res, Sse } from '@nestjs/common';
import type { MessageEvent } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { z } from 'zod';
import type { Journal } from '../journal/journal.js';
import { RotorError } from '../rotation/errors.js';
import { JOURNAL } from '../tokens.js';
import { cursorOf, placeOf } from './cursor.js';
import { runEvents } from './run-events.js';
import type { RunView } from './run-view.js';
import { runSummary, runView } from './run-view.js';

const MAX_WAIT_MS = 60_000;

const GetRun = z
  .strictObject({
    wait: z
      .string()
      .regex(/^\d{1,2}s$/, 'expected whole seconds with their unit, 0s to 60s')
      .optional()
      .describe('Answer when there is news, or after this long.'),
    since: z.coerce.number().int().min(0).optional().describe('News is an entry after this one (`seq`).'),
  })
  .meta({ id: 'GetRun' });

const ListRuns = z
  .strictObject({
    rotation: z.string().optional().describe('Only runs of this rotation.'),
    since: z.iso
      .datetime({
        offset: true,
        error: 'expected a date and a time with an offset, such as "2026-12-01T08:00:00Z"',
      })
      .transform((text) => Date.parse(text))
      .optional()
      .describe('Only runs that were started then or later.'),
    cursor: z.string().optional().describe('Where the page before ended; see its `Link`.'),
    limit: z.coerce.number().int().min(1).max(200).default(50).describe('How many at the most.'),
  })
  .meta({ id: 'ListRuns' });

type Reply = { header(name: string, value: string): unknown };
type Request = {
  readonly url: string;
  readonly raw: { once(event: 'close', listener: () => void): unknown };
};

@Controller('v1/runs')
export class RunsController {
  constructor(@Inject(JOURNAL) private readonly journal: Journal) {}

  /** Newest first. With `Link: <…>; rel="next"` (RFC 8288) where there are more. */
  @Get()
  async list(
    @Query({ schema: ListRuns }) { rotation, since, cursor, limit }: z.output<typeof ListRuns>,
    @Req() { url }: Request,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<{ runs: readonly ReturnType<typeof runSummary>[]; next: string | null }> {
    // One more than is shown tells whether there is another page.
    const found = await this.journal.list({
      limit: limit + 1,
      ...(rotation !== undefined && { rotation }),
      ...(since !== undefined && { since }),
      ...(cursor !== undefined && { after: placeOf(cursor) }),
    });
    const runs = found.slice(0, limit);
    const last = found.length > limit ? runs.at(-1) : undefined;
    const next = last ? pageAfter(url, cursorOf(last)) : null;
    if (next !== null) reply.header('link', `<${next}>; rel="next"`);
    return { runs: runs.map(runSummary), next };
  }

  @Get(':id')
  async get(
    @Param('id') id: string,
    @Query({ schema: GetRun }) query: z.output<typeof GetRun>,
    @Req() request: Request,
  ): Promise<RunView> {
    const first = await this.#view(id);
    const waitMs = Math.min(MAX_WAIT_MS, Number.parseInt(query.wait ?? '0', 10) * 1_000);
    if (waitMs === 0 || first.state === 'ended') return first;
    const gone = new AbortController();
    request.raw.once('close', () => gone.abort());
    await this.journal.waitForChange(id, query.since ?? first.seq, waitMs, gone.signal);
    return this.#view(id);
  }

  /** Server-sent events; ends with the run. */
  @Sse(':id/events')
  async events(
    @Param('id') id: string,
    @Headers('last-event-id') last: string | undefined,
  ): Promise<Observable<MessageEvent>> {
    if (last !== undefined && !/^[0-9]{1,9}$/.test(last))
      throw new RotorError('request_invalid', 'Last-Event-ID is not the id of an event of this run');
    await this.#view(id);
    return runEvents(this.journal, id, Number(last ?? 0));
  }

  async #view(id: string): Promise<RunView> {
    const run = await this.journal.find(id);
    if (!run) throw new RotorError('not_found', `there is no run ${JSON.stringify(id)}`);
    return runView(run, await this.journal.entries(id));
  }
}

/** The same question, from there on; without a host, since a proxy may stand in front. */
function pageAfter(url: string, cursor: string): string {
  const { pathname, searchParams } = new URL(url, 'http://host');
  searchParams.set('cursor', cursor);
  return `${pathname}?${searchParams.toString()}`;
}

import { Controller, Get, Headers, Inject, Param, Query, Req, Res, Sse } from '@nestjs/common';
import type { MessageEvent } from '@nestjs/common';
import type { Observable } from 'rxjs';
import type { z } from 'zod';
import type { Journal } from '../journal/journal.js';
import { RotorError } from '../rotation/errors.js';
import { BASE_URL, JOURNAL } from '../tokens.js';
import type { RunList } from './api/answers/index.js';
import { GetRun, ListRuns } from './api/requests.js';
import { callerOf, type Called } from './access/guard.js';
import { among } from './among.js';
import { whenGone, type Leavable } from './gone.js';
import { Rotations } from './rotations.js';
import { cursorOf, placeOf } from './cursor.js';
import { linkNext } from './next-page.js';
import type { Traced } from './problem.js';
import { runEvents } from './run-events.js';
import type { RunView } from './run-view.js';
import { runSummary, runView } from './run-view.js';

const MAX_WAIT_MS = 60_000;

type Reply = { header(name: string, value: string): unknown };
type Request = Leavable & { readonly url: string };

@Controller('v1/runs')
export class RunsController {
  constructor(
    @Inject(JOURNAL) private readonly journal: Journal,
    @Inject(Rotations) private readonly rotations: Rotations,
    @Inject(BASE_URL) private readonly baseUrl: string,
  ) {}

  /** Newest first. With `Link: <…>; rel="next"` (RFC 8288) where there are more. */
  @Get()
  async list(
    @Query({ schema: ListRuns }) query: z.output<typeof ListRuns>,
    @Req() request: Request & Called,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<z.output<typeof RunList>> {
    const { rotation, selector, outcome, mode, by, active, since, cursor, limit } = query;
    // One more than is shown tells whether there is another page.
    const found = await this.journal.list({
      limit: limit + 1,
      ...among(this.rotations, callerOf(request), selector),
      ...(outcome !== undefined && { outcome }),
      ...(mode !== undefined && { mode }),
      ...(by !== undefined && { by }),
      ...(active !== undefined && { isActive: active === 'true' }),
      ...(rotation !== undefined && { rotation }),
      ...(since !== undefined && { since }),
      ...(cursor !== undefined && { after: placeOf(cursor) }),
    });
    const runs = found.slice(0, limit);
    const last = found.length > limit ? runs.at(-1) : undefined;
    const next = last ? linkNext(reply, request.url, { cursor: cursorOf(last) }) : null;
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
    await this.journal.waitForChange(id, query.since ?? first.seq, waitMs, whenGone(request));
    return this.#view(id);
  }

  /** Server-sent events; ends with the run. */
  @Sse(':id/events')
  async events(
    @Param('id') id: string,
    @Headers('last-event-id') last: string | undefined,
    @Req() request: Traced,
  ): Promise<Observable<MessageEvent>> {
    if (last !== undefined && !/^[0-9]{1,9}$/.test(last))
      throw new RotorError('request_invalid', 'Last-Event-ID is not the id of an event of this run');
    await this.#view(id);
    const about = { baseUrl: this.baseUrl, traceId: request.id };
    return runEvents(this.journal, { id, seq: Number(last ?? 0) }, about);
  }

  async #view(id: string): Promise<RunView> {
    const run = await this.journal.find(id);
    if (!run) throw new RotorError('not_found', `there is no run ${JSON.stringify(id)}`);
    return runView(run, await this.journal.entries(id));
  }
}

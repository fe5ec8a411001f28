import { Controller, Get, Inject, Param, Query, Req } from '@nestjs/common';
import { z } from 'zod';
import type { Journal } from '../journal/journal.js';
import { RotorError } from '../rotation/errors.js';
import { JOURNAL } from '../tokens.js';
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
    limit: z.coerce.number().int().min(1).max(200).default(50).describe('How many at the most.'),
  })
  .meta({ id: 'ListRuns' });

type Request = { readonly raw: { once(event: 'close', listener: () => void): unknown } };

@Controller('v1/runs')
export class RunsController {
  constructor(@Inject(JOURNAL) private readonly journal: Journal) {}

  /** Newest first. */
  @Get()
  async list(
    @Query({ schema: ListRuns }) { rotation, limit }: z.output<typeof ListRuns>,
  ): Promise<{ runs: readonly ReturnType<typeof runSummary>[] }> {
    const found = await this.journal.list({ limit, ...(rotation !== undefined && { rotation }) });
    return { runs: found.map(runSummary) };
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

  async #view(id: string): Promise<RunView> {
    const run = await this.journal.find(id);
    if (!run) throw new RotorError('not_found', `there is no run ${JSON.stringify(id)}`);
    return runView(run, await this.journal.entries(id));
  }
}

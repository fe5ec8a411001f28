import { Controller, Get, Inject, Query, Req } from '@nestjs/common';
import type { z } from 'zod';
import { AskReport } from './api/requests.js';
import { whenGone, type Leavable } from './gone.js';
import { Reporter, type Report } from './report/report.js';

@Controller('v1/report')
export class ReportController {
  constructor(@Inject(Reporter) private readonly reporter: Reporter) {}

  /** Reads every run of the period: for a person or a job of each month, not for a dashboard. */
  @Get()
  async report(
    @Query({ schema: AskReport }) { from, to, selector }: z.output<typeof AskReport>,
    @Req() request: Leavable,
  ): Promise<Report> {
    const asked = { from, to, ...(selector !== undefined && { selector }) };
    return this.reporter.report(asked, whenGone(request));
  }
}

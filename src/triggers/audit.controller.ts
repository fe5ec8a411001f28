import { Controller, Get, Inject } from '@nestjs/common';
import type { AuditReport, Journal } from '../journal/journal.js';
import { JOURNAL } from '../tokens.js';

@Controller('v1/audit')
export class AuditController {
  constructor(@Inject(JOURNAL) private readonly journal: Journal) {}

  /** Reads the whole journal: for a person or a nightly job, not for a dashboard. */
  @Get()
  async verify(): Promise<AuditReport> {
    return this.journal.verify();
  }
}

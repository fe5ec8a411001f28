import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { Logger } from 'pino';
import type { Journal } from '../../journal/journal.js';
import { asRotorError } from '../../rotation/errors.js';
import { JOURNAL, LOG } from '../../tokens.js';

const TICK_MS = 15_000;

/** Ends each approval whose time is over, once, whichever replica sees it first. */
@Injectable()
export class LapseTrigger {
  constructor(
    @Inject(JOURNAL) private readonly journal: Pick<Journal, 'approvals'>,
    @Inject(LOG) private readonly log: Logger,
  ) {}

  @Interval('lapse', TICK_MS)
  async tick(): Promise<void> {
    try {
      await this.journal.approvals.expire();
    } catch (error) {
      const fields = { event: { action: 'approvals.failed' }, err: asRotorError(error) };
      this.log.error(fields, 'approvals whose time is over could not be ended');
    }
  }
}

import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { Logger } from 'pino';
import { overdue, tokenDue } from '../events/happened.js';
import type { Journal } from '../journal/journal.js';
import { asRotorError } from '../rotation/errors.js';
import { JOURNAL, LOG } from '../tokens.js';
import { Rotations } from './rotations.js';

const TICK_MS = 60_000;

/** Says of each token that is due and held back, or has become too old, that it is, once. */
@Injectable()
export class OverdueTrigger {
  constructor(
    @Inject(Rotations) private readonly rotations: Rotations,
    @Inject(JOURNAL) private readonly journal: Journal,
    @Inject(LOG) private readonly log: Logger,
  ) {}

  @Interval('overdue', TICK_MS)
  async tick(): Promise<void> {
    try {
      for (const { name, ...heldBack } of await this.rotations.heldBack()) {
        const value = String(heldBack.tokenSince);
        await this.journal.notifications.flip(name, 'due', value, tokenDue(name, heldBack));
      }
      for (const { name, tokenSince, maxAgeMs } of await this.rotations.overdue()) {
        const event = overdue(name, tokenSince, maxAgeMs);
        await this.journal.notifications.flip(name, 'overdue', String(tokenSince), event);
      }
    } catch (error) {
      const fields = { event: { action: 'overdue.failed' }, err: asRotorError(error) };
      this.log.error(fields, 'it could not be said which tokens are overdue');
    }
  }
}

import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { Logger } from 'pino';
import { rotationRemoved } from '../events/of-the-service.js';
import type { Journal } from '../journal/journal.js';
import { asRotorError } from '../rotation/errors.js';
import { JOURNAL, LOG } from '../tokens.js';
import { Rotations } from './rotations.js';

const TICK_MS = 15_000;

/**
 * Says which rotations this process has, and of each that has left the config of every replica, while the service ran or
 * while it was down, that it has, once: nobody else would tell the end of what was told of it.
 */
@Injectable()
export class DeclaredTrigger {
  constructor(
    @Inject(Rotations) private readonly rotations: Rotations,
    @Inject(JOURNAL) private readonly journal: Journal,
    @Inject(LOG) private readonly log: Logger,
  ) {}

  @Interval('declared', TICK_MS)
  async tick(): Promise<void> {
    const { journal, rotations } = this;
    try {
      // A run that is under way goes on, and somebody has to hear of it until it has ended.
      const held = await journal.active();
      await journal.notifications.declare([...rotations.names, ...held], rotationRemoved);
    } catch (error) {
      const fields = { event: { action: 'declared.failed' }, err: asRotorError(error) };
      this.log.error(fields, 'it could not be said which rotations have left the config');
    }
  }
}

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
 * Says of each rotation that has left the config, while the service ran or while it was down, that it has, once: nobody
 * else would tell the end of what was told of it.
 */
@Injectable()
export class DeclaredTrigger {
  /** So that a replica with the config of yesterday does not bring back what another one has taken out. */
  #told = '';

  constructor(
    @Inject(Rotations) private readonly rotations: Rotations,
    @Inject(JOURNAL) private readonly journal: Journal,
    @Inject(LOG) private readonly log: Logger,
  ) {}

  @Interval('declared', TICK_MS)
  async tick(): Promise<void> {
    const names = this.rotations.names;
    const now = names.join(' ');
    if (now === this.#told) return;
    try {
      await this.journal.notifications.declare(names, rotationRemoved);
      this.#told = now;
    } catch (error) {
      const fields = { event: { action: 'declared.failed' }, err: asRotorError(error) };
      this.log.error(fields, 'it could not be said which rotations have left the config');
    }
  }
}

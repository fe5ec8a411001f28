import type { BeforeApplicationShutdown } from '@nestjs/common';
import { Controller, Get, Inject } from '@nestjs/common';
import type { Journal } from '../journal/journal.js';
import { RotorError } from '../rotation/errors.js';
import { JOURNAL } from '../tokens.js';

/** Never depends on an upstream: a cloud that is down is no reason to restart or to unlist Rotor. */
@Controller()
export class HealthController implements BeforeApplicationShutdown {
  #draining = false;

  constructor(@Inject(JOURNAL) private readonly journal: Journal) {}

  beforeApplicationShutdown(): void {
    this.#draining = true;
  }

  @Get('livez')
  livez(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('readyz')
  async readyz(): Promise<{ status: 'ok' }> {
    if (this.#draining) throw new RotorError('journal_unavailable', 'Rotor is shutting down');
    await this.journal.check();
    return { status: 'ok' };
  }
}

import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Watch } from '../rotation/watch.js';

const TICK_MS = 1_000;

/** Lets the watch see whose turn it is. */
@Injectable()
export class WatchTrigger {
  constructor(@Inject(Watch) private readonly watch: Watch) {}

  @Interval('watch', TICK_MS)
  async tick(): Promise<void> {
    await this.watch.tick();
  }
}

import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '../../test/fakes/until.js';
import type { Service } from './service.js';

const PROBE = new URL('loop-probe.ts', import.meta.url);

export type LoopDelay = { readonly p50: number; readonly p99: number; readonly longest: number };

/** How late the timers of the service come, in milliseconds, seen from within its process. */
export class LoopDelays {
  readonly #file: string;

  constructor(folder: string) {
    this.#file = join(folder, 'loop.json');
  }

  /** What the service is to be started with. */
  get env(): Record<string, string> {
    return { NODE_OPTIONS: `--import=${PROBE.href}`, BENCH_LOOP_FILE: this.#file };
  }

  /** Since it was last asked. */
  async take(service: Service): Promise<LoopDelay> {
    await rm(this.#file, { force: true });
    service.signal('SIGUSR2');
    let told: LoopDelay | undefined;
    await until(`${fileURLToPath(PROBE)} answers`, async () => {
      told = await readFile(this.#file, 'utf8').then(
        (text) => (text === '' ? undefined : (JSON.parse(text) as LoopDelay)),
        () => undefined,
      );
      return told !== undefined;
    });
    if (!told) throw new Error('the service did not say how late its timers came');
    return told;
  }
}

import { readFile, rm, writeFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { until } from '../../test/fakes/until.js';
import type { Service } from './service.js';

const PROBE = new URL('loop-probe.ts', import.meta.url);

export type LoopDelay = { readonly p50: number; readonly p99: number; readonly longest: number };

/** How late the timers of the service come, in milliseconds, seen from within its process. */
export class LoopDelays {
  readonly #file: string;
  readonly #probe: string;

  private constructor(folder: string) {
    this.#file = join(folder, 'loop.json');
    this.#probe = join(folder, 'loop-probe.mjs');
  }

  /** To strip the types itself, the service would load a compiler: 17 MiB that are none of its own. */
  static async in(folder: string): Promise<LoopDelays> {
    const delays = new LoopDelays(folder);
    await writeFile(delays.#probe, stripTypeScriptTypes(await readFile(PROBE, 'utf8')));
    return delays;
  }

  /** What the service is to be started with. */
  get env(): Record<string, string> {
    return { NODE_OPTIONS: `--import=${pathToFileURL(this.#probe).href}`, BENCH_LOOP_FILE: this.#file };
  }

  /** Since it was last asked. */
  async take(service: Service): Promise<LoopDelay> {
    await rm(this.#file, { force: true });
    service.signal('SIGUSR2');
    let told: LoopDelay | undefined;
    await until(`${this.#probe} answers`, async () => {
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

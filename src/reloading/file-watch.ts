import { createHash } from 'node:crypto';
import { watch } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCode } from '../rotation/errors.js';
import type { Clock } from '../rotation/clock.js';
import { Stop } from '../rotation/stop.js';

/** What no event tells of: another file system, a link whose end lies elsewhere, no watches left. */
const LOOK_EVERY_MS = 10_000;
/** Whoever writes a file in place has written half of it at some time, and that half may be a valid config. */
const AT_REST_MS = 500;
/** Two writes within one tick of a file system's clock leave the same time behind: 4 ms on Linux, 2 s on FAT. */
const SAME_TIME_MS = 2_000;

export type FileWatchDeps = {
  readonly clock: Clock;
  /** The file holds something else, and has for a while. */
  readonly changed: () => Promise<unknown>;
  /** There are no events: it is looked at now and then all the same. */
  readonly deaf: (why: string) => void;
};

/**
 * Looks whether a file has come to hold something else. Its folder is watched and not the file: an editor puts another
 * file in its place, and Kubernetes another link (`..data`) beside a link that stays.
 */
export class FileWatch {
  readonly #end = new AbortController();
  readonly #hasEnded = Promise.withResolvers<void>();
  #isSigned = Promise.withResolvers<void>();
  #read: { readonly mark: string; readonly hash: string } | undefined;
  #loop: Promise<void> = Promise.resolve();

  constructor(
    private readonly file: string,
    private readonly deps: FileWatchDeps,
  ) {}

  /** `text`: what it held when it was read. */
  start(text: string): void {
    this.#listen();
    this.#loop = this.#look(hashOf(text)).catch(() => undefined);
  }

  /** Does not wait for a `changed` that is under way. */
  async stop(): Promise<void> {
    this.#end.abort();
    this.#hasEnded.resolve();
    await this.#loop;
  }

  #listen(): void {
    const { signal } = this.#end;
    try {
      const watcher = watch(dirname(this.file), { persistent: false, signal }, () =>
        this.#isSigned.resolve(),
      );
      watcher.on('error', (error) => this.deps.deaf(systemCode(error) ?? error.message));
    } catch (error) {
      this.deps.deaf(systemCode(error) ?? String(error));
    }
  }

  async #look(held: string): Promise<void> {
    const { clock, changed } = this.deps;
    const { signal } = this.#end;
    let known = held;
    while (!signal.aborted) {
      const found = await this.#hash();
      if (found === known) await this.#untilSigned();
      else {
        await clock.sleep(AT_REST_MS, signal);
        if ((await this.#hash()) !== found) continue;
        known = found;
        // Whoever reads it tells what is wrong with it.
        const told = changed().catch(() => undefined);
        await Promise.race([told, this.#hasEnded.promise]);
      }
    }
  }

  async #untilSigned(): Promise<void> {
    using over = new Stop([this.#end.signal]);
    const passed = this.deps.clock.sleep(LOOK_EVERY_MS, over.signal).catch(() => undefined);
    await Promise.race([this.#isSigned.promise, passed]);
    over.abort();
    await passed;
    this.#isSigned = Promise.withResolvers<void>();
  }

  /**
   * One that cannot be read is another than it was. Its folder may be a busy one, with a log in it or the state of a
   * service: what has not been touched since it was read is not read again.
   */
  async #hash(): Promise<string> {
    try {
      const { dev, ino, size, ctimeNs, ctimeMs } = await stat(this.file, { bigint: true });
      const mark = [dev, ino, size, ctimeNs].join();
      if (this.#read?.mark === mark) return this.#read.hash;
      const hash = hashOf(await readFile(this.file, 'utf8'));
      const isTold = this.deps.clock.now() - Number(ctimeMs) > SAME_TIME_MS;
      this.#read = isTold ? { mark, hash } : undefined;
      return hash;
    } catch (error) {
      return systemCode(error) ?? 'unreadable';
    }
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

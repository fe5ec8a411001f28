import { readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Fingerprint } from '../../rotation/secret.js';

const Status = z.object({ pid: z.int().positive(), fingerprints: z.array(z.string()) });

/** Whose status it is, and of the token that each of its instances runs with. */
export type Status = { readonly pid: number; readonly fingerprints: readonly Fingerprint[] };

/** Keeps a status file up to date: a reader finds a whole one, and at last the newest. */
export class StatusFile {
  readonly #path: string;
  #written: Promise<void> = Promise.resolve();
  #next: Status | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Resolves once this status, or a newer one, can be read. */
  show(status: Status): Promise<void> {
    this.#next = status;
    this.#written = this.#written.then(() => this.#write());
    return this.#written;
  }

  /** Resolves once nothing is being written. */
  settled(): Promise<void> {
    return this.#written;
  }

  async #write(): Promise<void> {
    const status = this.#next;
    // Many instances may change at once: whoever comes later finds its status written already.
    if (status === undefined) return;
    this.#next = undefined;
    const fresh = `${this.#path}.${process.pid}`;
    await writeFile(fresh, JSON.stringify(status));
    await rename(fresh, this.#path);
  }
}

export async function readStatus(path: string): Promise<z.infer<typeof Status>> {
  return Status.parse(JSON.parse(await readFile(path, 'utf8')));
}

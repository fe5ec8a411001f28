import { randomBytes } from 'node:crypto';
import { statSync, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import { decoded } from './encoding.js';
import { errnoOf } from './errno.js';
import { FormProblem, rewritten, type Form } from './forms/form.js';
import type { AgentSettings } from '../agent-settings.js';
import type { Format } from './formats.js';

/** What a file is to hold next. */
export type Next = {
  readonly content: string | Buffer;
  /** It holds just that already. */
  readonly same: boolean;
  /** Whether the file is still the one that this was made from. */
  stillAsRead(): boolean;
};

/** A configuration file is some kilobytes; what is longer than this is something else. */
const LONGEST_BYTES = 1024 * 1024;

/** Those that may be nothing but the token, so that a file that is not there can be made. */
const MADE_ANEW: ReadonlySet<Format> = new Set(['env', 'otel-bearer']);

/** A file that holds a token among other things. Throws `FormProblem`, and what the system says where it cannot be read. */
export class FileDocument {
  constructor(
    readonly format: Format,
    readonly form: Form,
  ) {}

  /** The other settings in it. Tries a token, so that what would keep a delivery from it shows. */
  async settings(path: string): Promise<AgentSettings> {
    const { text } = decoded((await this.#read(path)).bytes);
    rewritten(this.form, text, `r${randomBytes(16).toString('hex')}`);
    return this.form.rest(text);
  }

  async held(path: string): Promise<string | undefined> {
    return this.form.read(decoded((await this.#read(path)).bytes).text);
  }

  async next(path: string, token: string): Promise<Next> {
    const { bytes, stats } = await this.#read(path);
    const file = decoded(bytes);
    const content = file.encode(rewritten(this.form, file.text, token));
    return {
      content,
      same: stats !== undefined && content.equals(bytes),
      stillAsRead: () => isSame(path, stats),
    };
  }

  async #read(path: string): Promise<{ bytes: Buffer; stats: Stats | undefined }> {
    const handle = await open(path).catch((error: unknown) => {
      if (errnoOf(error) === 'ENOENT' && MADE_ANEW.has(this.format)) return undefined;
      if (errnoOf(error) !== 'ENOENT') throw error;
      throw new FormProblem(
        'does not exist, and Rotor changes the token in a file but does not make up the rest of it',
        'Create it with the other settings of the agent, and the token with any value.',
      );
    });
    if (handle === undefined) return { bytes: Buffer.alloc(0), stats: undefined };
    try {
      const stats = await handle.stat();
      if (stats.size > LONGEST_BYTES) {
        throw new FormProblem(
          'is larger than 1 MiB, which no settings of an agent are',
          'Give the file itself.',
        );
      }
      return { bytes: await handle.readFile(), stats };
    } finally {
      await handle.close();
    }
  }
}

/** An editor, or whatever manages the file, may have written it since: that must not be lost. */
function isSame(path: string, before: Stats | undefined): boolean {
  const now = statSync(path, { throwIfNoEntry: false });
  if (now === undefined || before === undefined) return now === before;
  return now.ino === before.ino && now.size === before.size && now.mtimeMs === before.mtimeMs;
}

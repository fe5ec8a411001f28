import { readFile, stat } from 'node:fs/promises';
import type { Next } from './document.js';

/** A token is short: what is longer is something else, and not read. */
const LONGEST_TOKEN_BYTES = 4096;

/** A file that is the token and nothing else; whatever it holds now is replaced whole. */
export const PLAIN = {
  settings: async (): Promise<undefined> => undefined,

  async held(path: string): Promise<string | undefined> {
    return (await stat(path)).size > LONGEST_TOKEN_BYTES ? undefined : readFile(path, 'utf8');
  },

  async next(path: string, token: string): Promise<Next> {
    const size = await stat(path).then(
      (found) => found.size,
      () => undefined,
    );
    const content = Buffer.from(token, 'utf8');
    // A large file is somebody else's; reading it to see that would cost memory for nothing.
    const same = size === content.length && content.equals(await readFile(path));
    return { content, same, stillAsRead: () => true };
  },
};

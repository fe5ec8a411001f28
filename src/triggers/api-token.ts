import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Secret } from '../rotation/secret.js';

const HASH_FILE = 'api-token.sha256';
/** Where the token itself stands, readable by the owner alone; may be deleted once it was taken over. */
export const TOKEN_FILE = 'api-token';

/** The one API token. The service keeps its hash; a new one is made when the hash is deleted. */
export class ApiToken {
  private constructor(private readonly hash: Buffer) {}

  static async open(stateDir: string): Promise<ApiToken> {
    const file = join(stateDir, HASH_FILE);
    const known = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (known !== undefined) return new ApiToken(Buffer.from(known.trim(), 'hex'));
    const token = new Secret(`rot_${randomBytes(32).toString('base64url')}`);
    const plain = join(stateDir, TOKEN_FILE);
    await writeFile(plain, `${token.reveal()}\n`, { mode: 0o600 });
    await chmod(plain, 0o600);
    const hash = sha256(token.reveal());
    await writeFile(file, `${hash.toString('hex')}\n`, { mode: 0o600 });
    return new ApiToken(hash);
  }

  accepts(presented: string): boolean {
    return timingSafeEqual(sha256(presented), this.hash);
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

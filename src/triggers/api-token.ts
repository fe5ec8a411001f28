import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { secretFromVariable, type RawEnv } from '../config/secret-ref.js';
import { storageFault } from '../journal/storage-faults.js';
import { RotorError, systemCode } from '../rotation/errors.js';
import { Secret } from '../rotation/secret.js';

const HASH_FILE = 'api-token.sha256';
const HASH_BYTES = 32;
/** Where the token itself stands, readable by the owner alone; may be deleted once it was taken over. */
export const TOKEN_FILE = 'api-token';
const VARIABLE = 'ROTOR_TOKEN';
/** What nobody guesses: 128 bits in hex. */
const MIN_LENGTH = 32;

/**
 * The token that the operator gives every replica, so that it does not matter which one answers; undefined where there
 * is none. Throws `config_invalid` where it could be guessed or cannot be sent.
 */
export function givenApiToken(env: RawEnv): Secret | undefined {
  if (!env[VARIABLE] && !env[`${VARIABLE}_FILE`]) return undefined;
  const token = secretFromVariable(VARIABLE, env);
  const text = token.reveal();
  if (text.length >= MIN_LENGTH && /^[\x21-\x7e]+$/.test(text)) return token;
  const why =
    text.length < MIN_LENGTH ? `has ${text.length} characters` : 'holds a space or a character beyond ASCII';
  throw new RotorError('config_invalid', `the API token of ${VARIABLE} ${why}`, {
    hint: `Give ${MIN_LENGTH} characters or more, of \`openssl rand -hex 32\` for instance, or none: Rotor then makes its own.`,
  });
}

/** The token of whoever runs the service; it may do everything. The service keeps its hash; a new one is made when the hash is deleted. */
export class ApiToken {
  private constructor(
    private readonly hash: Buffer,
    /** Where it is found, for whoever has none: "the token …". */
    readonly where: string,
  ) {}

  /**
   * The one that is given, else that of the state directory, which it is made and written to. Throws
   * `journal_unavailable` where the state directory cannot be read or written.
   */
  static async open(stateDir: string, given?: Secret): Promise<ApiToken> {
    if (given) return new ApiToken(sha256(given.reveal()), `that ${VARIABLE} gives to Rotor`);
    const where = `that Rotor wrote to the file ${TOKEN_FILE} in its state directory`;
    try {
      return new ApiToken((await knownHash(stateDir)) ?? (await freshHash(stateDir)), where);
    } catch (error) {
      throw storageFault(`the API token in ${stateDir}`, error);
    }
  }

  /** In a time that tells nothing of it. */
  is(presented: string): boolean {
    return timingSafeEqual(sha256(presented), this.hash);
  }
}

async function knownHash(stateDir: string): Promise<Buffer | undefined> {
  const known = await readFile(join(stateDir, HASH_FILE), 'utf8').catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return '';
    throw error;
  });
  const hash = Buffer.from(known.trim(), 'hex');
  // A file that a crash or a full disk left empty is no hash: a new token is made.
  return hash.length === HASH_BYTES ? hash : undefined;
}

/** The token first: a hash without it would lock everybody out. */
async function freshHash(stateDir: string): Promise<Buffer> {
  const token = new Secret(`rot_${randomBytes(32).toString('base64url')}`);
  const plain = join(stateDir, TOKEN_FILE);
  await writeFile(plain, `${token.reveal()}\n`, { mode: 0o600 });
  await chmod(plain, 0o600);
  const fresh = sha256(token.reveal());
  await writeFile(join(stateDir, HASH_FILE), `${fresh.toString('hex')}\n`, { mode: 0o600 });
  return fresh;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

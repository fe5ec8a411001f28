import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { Secret } from '../../rotation/secret.js';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SECRET_BYTES = 32;
const SECRET_LENGTH = 43;
const SUM_LENGTH = 6;
const ID_LENGTH = 10;

/**
 * `rot_<id>_<secret><sum>`: a prefix that scanners for leaked secrets know it by, an id to find it by, 256 random bits
 * in base62, and a CRC-32 of what stands before, by which a slip of the pen is told from a wrong token.
 */
const FORM = new RegExp(`^rot_([0-9a-z]{${ID_LENGTH}})_[0-9A-Za-z]{${SECRET_LENGTH + SUM_LENGTH}}$`);

export type MadeToken = {
  readonly id: string;
  readonly token: Secret;
  /** SHA-256, in hex. */ readonly hash: string;
};

export function makeToken(): MadeToken {
  const id = BigInt(`0x${randomBytes(ID_LENGTH).toString('hex')}`)
    .toString(36)
    .padStart(ID_LENGTH, '0')
    .slice(-ID_LENGTH);
  const secret = base62(BigInt(`0x${randomBytes(SECRET_BYTES).toString('hex')}`), SECRET_LENGTH);
  const body = `rot_${id}_${secret}`;
  const text = body + sumOf(body);
  return { id, token: new Secret(text), hash: hashOf(text) };
}

/** The id in a token of this form whose sum is right; undefined for any other text. */
export function idIn(text: string): string | undefined {
  const id = FORM.exec(text)?.[1];
  return text.slice(-SUM_LENGTH) === sumOf(text.slice(0, -SUM_LENGTH)) ? id : undefined;
}

export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function sumOf(text: string): string {
  return base62(BigInt(crc32(text)), SUM_LENGTH);
}

function base62(value: bigint, length: number): string {
  let text = '';
  for (let rest = value; text.length < length; rest /= 62n) text = DIGITS.charAt(Number(rest % 62n)) + text;
  return text;
}

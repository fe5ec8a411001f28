import { createHash, timingSafeEqual } from 'node:crypto';
import { RotorError } from './errors.js';

declare const fingerprintBrand: unique symbol;

/** First 8 hex digits of the SHA-256 of a token: the only form in which a token is ever shown. */
export type Fingerprint = string & { readonly [fingerprintBrand]: true };

const PRINTED_AS = '[secret]';

/**
 * A value that will not print: not by string conversion, JSON, `util.inspect` or a logger.
 * `reveal()` is the only way out; test/reveal.spec.ts lists who may call it, and for what.
 */
export class Secret {
  readonly #value: string;
  readonly fingerprint: Fingerprint;

  constructor(value: string) {
    this.#value = value;
    this.fingerprint = fingerprintOf(value);
  }

  reveal(): string {
    return this.#value;
  }

  get isEmpty(): boolean {
    return this.#value.length === 0;
  }

  equals(other: Secret): boolean {
    return timingSafeEqual(digest(this.#value), digest(other.#value));
  }

  toString(): string {
    return PRINTED_AS;
  }

  toJSON(): string {
    return PRINTED_AS;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return PRINTED_AS;
  }
}

export function fingerprintOf(value: string): Fingerprint {
  return digest(value).toString('hex').slice(0, 8) as Fingerprint;
}

/** For a fingerprint that comes from outside: a check command, the journal. */
export function parseFingerprint(text: string): Fingerprint | undefined {
  const match = /^([0-9a-f]{8})(?:[0-9a-f]{56})?$/.exec(text.trim());
  return match?.[1] as Fingerprint | undefined;
}

/** More digits than a fingerprint has are those of the whole SHA-256. */
export const FINGERPRINT_PATTERN = /^[0-9a-fA-F]{8,64}$/;
export const FINGERPRINT_EXPECTED =
  'the first 8 hex digits, or more, of the SHA-256 of the token: printf %s "$TOKEN" | sha256sum';

/**
 * Of as many digits as a person has given, 8 at the least. Throws `request_invalid`, and never tells what it was given:
 * somebody may have pasted the token itself.
 */
export function fingerprintIn(text: string): Fingerprint {
  if (FINGERPRINT_PATTERN.test(text)) return text.slice(0, 8).toLowerCase() as Fingerprint;
  throw new RotorError(
    'request_invalid',
    `what was given is no fingerprint: expected ${FINGERPRINT_EXPECTED}`,
  );
}

function digest(value: string): Buffer {
  return createHash('sha256').update(value, 'utf8').digest();
}

import { digest } from '../journal/digest.js';
import type { StartRequest } from '../journal/journal.js';
import { RotorError } from '../rotation/errors.js';

/** A string of RFC 9651, as the draft has it, or the bare text that most clients send. */
const KEY = /^(?:"([\x20\x21\x23-\x5b\x5d-\x7e]{1,255})"|([\x21\x23-\x5b\x5d-\x7e]{1,255}))$/;

/** As `requestOf`; nothing where no key was sent. `content`: what the request asks, of what, and how. */
export function keyed(header: string | undefined, content: unknown): StartRequest | undefined {
  return header === undefined ? undefined : requestOf(header, content);
}

/**
 * What the journal remembers of a request with an `Idempotency-Key`
 * (https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/). Throws `request_invalid`.
 */
export function requestOf(header: string, content: unknown): StartRequest {
  const [, quoted, bare] = KEY.exec(header) ?? [];
  const key = quoted ?? bare;
  if (key === undefined)
    throw new RotorError('request_invalid', 'the Idempotency-Key is not 1 to 255 visible ASCII characters', {
      hint: 'Send a new UUID with each request, and the same one with its repetition.',
    });
  return { key, hash: digest(content) };
}

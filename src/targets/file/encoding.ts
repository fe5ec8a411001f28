import { FormProblem } from './forms/form.js';

/** A text and how to turn a later one into bytes of the same kind. */
export type Decoded = { readonly text: string; encode(text: string): Buffer };

const MARK = '\uFEFF';

/**
 * UTF-8 with or without a byte order mark; what is none is read byte by byte, so that each byte of it stays: Java and
 * PHP take files in Latin-1, and a token is ASCII in any case.
 */
export function decoded(bytes: Buffer): Decoded {
  if (bytes.includes(0)) {
    throw new FormProblem('is UTF-16, or no text at all', 'Save it as UTF-8, which every agent reads.');
  }
  const text = utf8(bytes);
  if (text === undefined) {
    return { text: bytes.toString('latin1'), encode: (next) => Buffer.from(next, 'latin1') };
  }
  const mark = text.startsWith(MARK) ? MARK : '';
  return { text: text.slice(mark.length), encode: (next) => Buffer.from(mark + next, 'utf8') };
}

function utf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

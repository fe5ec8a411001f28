import { fingerprintOf, type Fingerprint } from '../../rotation/secret.js';

const MASK = '[secret]';
const QUOTED_LINES = 3;
const QUOTED_CHARACTERS = 300;
// A process may still print the token that it runs with, which need not be the one just delivered: whatever looks
// like a token is masked too. Rotor's own are at least 32 characters long, ECK's have 24.
const LOOKS_LIKE_A_TOKEN = /[A-Za-z0-9_~+=-]{16,}/g;
const WORD = /[^\s"'`=:,;]+/g;

/** The last lines of what a command printed, fit for an error message: no token in it, known or likely. */
export function quote(text: string, token: string | undefined, expected?: Fingerprint): string {
  const lines = mask(text, token, expected)
    .trim()
    .split(/\s*\n\s*/);
  const last = lines.slice(-QUOTED_LINES).join(' / ');
  const shown = last.length > QUOTED_CHARACTERS ? `…${last.slice(-QUOTED_CHARACTERS)}` : last;
  // Control characters would let a command write into the reader's terminal.
  return shown.replaceAll(/\p{Cc}/gu, '?');
}

function mask(text: string, token: string | undefined, expected: Fingerprint | undefined): string {
  const known = token ? text.replaceAll(token, MASK) : text;
  return known
    .replaceAll(WORD, (word) => (fingerprintOf(word) === expected ? MASK : word))
    .replaceAll(LOOKS_LIKE_A_TOKEN, MASK);
}

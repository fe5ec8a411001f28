import { phrase, closestWord } from './phrase.js';

/** Kinds that Rotor is designed for and that this version does not have: refused by name, not as a slip of the pen. */
const NOT_YET: Readonly<Record<string, readonly string[]>> = {
  issuer: ['eck', 'self-managed', 'api-key'],
  store: ['vault-kv2', 'kubernetes', 'file', 'gcp-secret-manager', 'azure-key-vault'],
  target: ['gateway'],
  notifier: ['eventbridge', 'email'],
};

/** What was expected where a kind of issuer, store or target stands, for a kind that is not among `known`. */
export function kindPhrase(port: string, kind: unknown, known: readonly string[]): string {
  const expected = `one of: ${known.join(', ')}`;
  if (typeof kind !== 'string') return phrase(expected);
  if (NOT_YET[port]?.includes(kind)) {
    return phrase(expected, [
      `${port} ${kind} does not exist in this version of Rotor; it knows: ${known.join(', ')}.`,
    ]);
  }
  return phrase(expected, meant(kind, known));
}

export function meant(word: string, known: readonly string[]): string[] {
  const closest = closestWord(word, known);
  return closest === undefined ? [] : [`Did you mean ${closest}?`];
}

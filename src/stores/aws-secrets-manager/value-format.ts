import { isDeepStrictEqual } from 'node:util';
import { RotorError } from '../../rotation/errors.js';
import { Secret } from '../../rotation/secret.js';

/** How a token stands in the text of a version. `where` names the version in errors. */
export type ValueFormat = {
  /** undefined: the text is sound and holds no token. Throws `store_refused` for text of another kind. */
  tokenIn(text: string, where: string): Secret | undefined;
  /** The text that holds the token and, besides, all that `base` holds. */
  textWith(token: Secret, base: string | undefined, where: string): string;
  /** Whether the two texts differ in nothing but the token. */
  agreeBesides(one: string, other: string, where: string): boolean;
  /** Whether a text can hold more than the token, and can lack the token. */
  readonly hasNeighbours: boolean;
};

/** The text is the token, to the last byte: a line end that was pasted with it makes another token. */
export const plainFormat: ValueFormat = {
  tokenIn: (text) => new Secret(text),
  textWith: (token) => token.reveal(),
  agreeBesides: () => true,
  hasNeighbours: false,
};

type Json = Readonly<Record<string, unknown>>;

/** The text is a JSON object, the token is the string at `key`; an empty string counts as none. */
export function jsonFormat(key: string): ValueFormat {
  return {
    tokenIn(text, where) {
      const object = parse(text, where);
      const token = Object.hasOwn(object, key) ? object[key] : '';
      if (typeof token === 'string') return token === '' ? undefined : new Secret(token);
      throw refused(`The key ${key} of ${where} is not a string.`, 'Make it a string, or name another key.');
    },
    textWith(token, base, where) {
      const object = base === undefined ? {} : parse(base, where);
      return JSON.stringify({ ...object, [key]: token.reveal() });
    },
    agreeBesides: (one, other, where) =>
      isDeepStrictEqual(without(key, parse(one, where)), without(key, parse(other, where))),
    hasNeighbours: true,
  };
}

function without(key: string, object: Json): Json {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));
}

function parse(text: string, where: string): Json {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text, assertKept);
  } catch (error) {
    if (error instanceof LossyNumber) {
      throw refused(
        `${where} holds a number of more digits than JSON in JavaScript keeps; writing it back would change it.`,
        'Put that number in quotes.',
      );
    }
    // The parser's own error shows a piece of the text: it is not kept.
    throw notJson(where);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw notJson(where);
  return parsed as Json;
}

class LossyNumber extends Error {}

/** The other keys belong to somebody else: they are written back as they were, or not at all. */
function assertKept(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source ?? '';
  if (typeof value !== 'number' || !/^-?\d+$/.test(source)) return value;
  if (Number.isFinite(value) && BigInt(source) === BigInt(value)) return value;
  throw new LossyNumber();
}

function notJson(where: string): RotorError {
  return refused(
    `${where} is not a JSON object, and the store names a key in it.`,
    'Make the value a JSON object, or take `key` out of the store so that the whole value is the token.',
  );
}

function refused(message: string, hint: string): RotorError {
  return new RotorError('store_refused', message, { hint });
}

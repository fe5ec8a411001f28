/** A NUL, or half a character: https://tc39.es/ecma262/#sec-quotejsonstring escapes no whole one. */
const UNFIT = /\\u(0000|d[89a-f])/;

/**
 * The same value with texts that every database and every reader of JSON takes: PostgreSQL knows no NUL, and half a
 * character is no UTF-8. Texts of a request and words of an upstream may hold either.
 */
export function wellFormed<T>(value: T): T {
  const text = JSON.stringify(value);
  if (!UNFIT.test(text)) return value;
  return JSON.parse(text, (_key, part: unknown) =>
    typeof part === 'string' ? part.toWellFormed().replaceAll('\0', '') : part,
  ) as T;
}

/** At most so many UTF-16 units, the last of them an ellipsis where more was there; never half a character. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

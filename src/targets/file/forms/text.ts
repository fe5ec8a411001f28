/** A piece of a text, from the first character to before the last. */
export type Span = readonly [start: number, end: number];

export function spliced(text: string, [start, end]: Span, piece: string): string {
  return text.slice(0, start) + piece + text.slice(end);
}

/** The end of line that the text uses. */
export function eolOf(text: string): string {
  return /\r?\n/.exec(text)?.[0] ?? '\n';
}

/** With one more line at the end; the last line stays open where it was. */
export function withLine(text: string, line: string): string {
  if (text === '') return `${line}\n`;
  const eol = eolOf(text);
  return text.endsWith('\n') ? `${text}${line}${eol}` : `${text}${eol}${line}`;
}

/** Behind the line in which this place is, its end of line included; the end of the text where it has none. */
export function lineAfter(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end + 1;
}

/** What stands before the first other character in the line of this place. */
export function indentAt(text: string, at: number): string {
  const start = text.lastIndexOf('\n', at - 1) + 1;
  return /^[ \t]*/.exec(text.slice(start, at))?.[0] ?? '';
}

/** The line of a place, counted from 1. */
export function lineOf(text: string, at: number): number {
  return text.slice(0, at).split('\n').length;
}

/** A token that means the same without quotes wherever words may stand without: no number, no yes, no null. */
export function isPlainWord(token: string): boolean {
  return (
    /^[A-Za-z][A-Za-z0-9_-]*$/.test(token) &&
    !/^(true|false|null|none|nil|nan|inf|yes|no|on|off|y|n)$/i.test(token)
  );
}

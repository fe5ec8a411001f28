import { FormProblem } from './form.js';
import type { Span } from './text.js';

/** The text for a YAML parser: each ERB tag in as many other characters, so that every place stays where it was. */
export type Masked = { readonly text: string; readonly tags: readonly Span[] };

const TAG = /<%(?<kind>[=#%-]?)[\s\S]*?%>/g;

/** A line of tags alone becomes a comment; a tag within a line, a word. */
export function maskErb(text: string): Masked {
  const tags: Span[] = [];
  const masked = text.replaceAll(TAG, (tag, _kind, at: number) => {
    tags.push([at, at + tag.length]);
    return tag.replaceAll(/[^\r\n]/g, 'x');
  });
  const lines = masked.split('\n');
  let start = 0;
  const commented = lines.map((line) => {
    const bare = /^[ \t]*x+[ \t]*\r?$/.test(line) && isInTag(tags, start + line.indexOf('x'));
    start += line.length + 1;
    return bare ? line.replace('x', '#') : line;
  });
  return { text: commented.join('\n'), tags };
}

function isInTag(tags: readonly Span[], at: number): boolean {
  return tags.some(([start, end]) => start <= at && at < end);
}

/** Refused: a token that a tag makes, and one between two tags that decide whether it is there. */
export function refuseErbAround(text: string, tags: readonly Span[], [start, end]: Span, key: string): void {
  if (tags.some((tag) => tag[0] < end && start < tag[1])) {
    throw new FormProblem(
      `takes ${key} from a line of ERB`,
      'Deliver to the place that the line reads, or write the token in its stead once.',
    );
  }
  const decides = tags.filter((tag) => /^<%[^=#%]/.test(text.slice(...tag)));
  if (decides.some((tag) => tag[1] <= start) && decides.some((tag) => tag[0] >= end)) {
    throw new FormProblem(
      `has ${key} between two lines of ERB that may leave it out`,
      'Move it out from between them.',
    );
  }
}

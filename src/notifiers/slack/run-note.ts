import { createHash } from 'node:crypto';
import { z } from 'zod';

/** So many lines a message keeps of what it said before; the first one says how the run began. */
const LINES = 12;

/** Which message tells of a run, and what it has told. */
const note = z.object({
  channel: z.string(),
  ts: z.string(),
  /** Of the newest event that it tells of. */
  number: z.number(),
  /** A line for each event, the newest last. */
  lines: z.array(z.string()).readonly(),
});

export type RunNote = z.output<typeof note>;

/** Nothing where nothing was kept, or in a form of another version. */
export function readNote(kept: string | undefined): RunNote | undefined {
  if (kept === undefined) return undefined;
  try {
    return note.parse(JSON.parse(kept));
  } catch {
    return undefined;
  }
}

/** Another process may have gone on where this one could not write. */
export function newerOf(one: RunNote | undefined, other: RunNote | undefined): RunNote | undefined {
  if (!one || !other) return one ?? other;
  return one.number >= other.number ? one : other;
}

/** What is told once the event is, however often it is sent. */
export function linesWith(known: RunNote | undefined, number: number, line: string): readonly string[] {
  if (!known) return [line];
  if (known.number === number) return known.lines;
  const [first, ...rest] = [...known.lines, line];
  return [first ?? line, ...rest.slice(-(LINES - 1))];
}

/** Two posts with one such id are one message; see `SlackBot`. A UUID of version 4 in form. */
export function postIdOf(channel: string, event: string): string {
  const hex = createHash('sha256').update(`${channel} ${event}`).digest('hex');
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`];
  return [...parts, `${variant}${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-');
}

import { inLines, roomOf } from './room.js';
import { systemCode, type RotorError } from '../rotation/errors.js';

let isNextSaid = false;

/** Data: what another program may read. */
export function printData(text: string): void {
  isNextSaid ||= /^\s*next: /m.test(text);
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  printData(JSON.stringify(value, undefined, 2));
}

/** Progress and errors: for people. */
export function printNote(text: string): void {
  isNextSaid ||= /^\s*next: /m.test(text);
  process.stderr.write(`${text}\n`);
}

/** Whether the reader has been told how to go on. */
export function hasSaidNext(): boolean {
  return isNextSaid;
}

export function printError(error: RotorError): void {
  const message = error.message.trimEnd();
  printNote(`rotor: ${/[.!?]$/.test(message) ? message : `${message}.`}`);
  if (error.hint !== undefined) printNote(`hint: ${error.hint}`);
  printNote(`code: ${error.code} (rotor explain ${error.code})`);
}

/** A reader that has seen enough (`| head -1`) is no fault. */
export function endWithReader(stream: NodeJS.WriteStream): void {
  stream.on('error', (error) => {
    if (systemCode(error) === 'EPIPE') process.exit(0);
    throw error;
  });
}

/** Columns as wide as their widest cell, two blanks between; on a terminal that is narrower the widest cells have lines. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  room = roomOf(),
): string {
  const widths = widthsIn(room, [head, ...rows]);
  return [head, ...rows].flatMap((cells) => linesOf(cells, widths)).join('\n');
}

const GAP = '  ';

/** The widest column gives way first, down to its longest word. */
function widthsIn(room: number, rows: readonly (readonly string[])[]): number[] {
  const columns = (rows[0] ?? []).map((_, index) => rows.map((row) => row[index] ?? ''));
  const widths = columns.map((cells) => Math.max(...cells.map(({ length }) => length)));
  const least = columns.map((cells) =>
    Math.max(...cells.flatMap((cell) => cell.split(/\s+/)).map(({ length }) => length)),
  );
  const sum = (): number => widths.reduce((all, width) => all + width + GAP.length, -GAP.length);
  while (sum() > room) {
    const spare = widths.map((width, index) => (width > (least[index] ?? 0) ? width : 0));
    const widest = spare.indexOf(Math.max(...spare));
    if ((spare[widest] ?? 0) === 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

function linesOf(cells: readonly string[], widths: readonly number[]): string[] {
  const parts = cells.map((cell, index) => inLines(cell, widths[index] ?? Infinity));
  const height = Math.max(1, ...parts.map(({ length }) => length));
  return Array.from({ length: height }, (_, nth) =>
    parts
      .map((lines, index) => (lines[nth] ?? '').padEnd(widths[index] ?? 0))
      .join(GAP)
      .trimEnd(),
  );
}

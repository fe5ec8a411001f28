import type { RotorError } from '../rotation/errors.js';

/** Data: what another program may read. */
export function printData(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  printData(JSON.stringify(value, undefined, 2));
}

/** Progress and errors: for people. */
export function printNote(text: string): void {
  process.stderr.write(`${text}\n`);
}

export function printError(error: RotorError): void {
  const message = error.message.trimEnd();
  printNote(`rotor: ${/[.!?]$/.test(message) ? message : `${message}.`}`);
  if (error.hint !== undefined) printNote(`next: ${error.hint}`);
}

/** Columns as wide as their widest cell, two blanks between. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, index) =>
    Math.max(title.length, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd();
  return [head, ...rows].map(line).join('\n');
}

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

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where a program of this machine is; undefined, with a loud line, where it has none. */
export function installed(program: string, untested: string): string | undefined {
  const places = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, program));
  const found = places.find(mayRun);
  if (found === undefined)
    console.warn(`${program.toUpperCase()} IS NOT INSTALLED: ${untested.toUpperCase()} IS NOT TESTED`);
  return found;
}

function mayRun(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Prometheus's own tool for rules; undefined, with a loud line, where this machine has none. */
export const promtool: string | undefined = find();

function find(): string | undefined {
  const places = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'promtool'));
  const found = places.find(mayRun);
  if (found === undefined) console.warn('PROMTOOL IS NOT INSTALLED: WHEN THE ALERT RULES FIRE IS NOT TESTED');
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

/** Its exit code, and all that it says. */
export async function runPromtool(...args: string[]): Promise<{ exit: number; said: string }> {
  return new Promise((resolve) => {
    const child = execFile(promtool ?? 'promtool', args, (_error, out, err) => {
      resolve({ exit: child.exitCode ?? -1, said: `${out}${err}` });
    });
  });
}

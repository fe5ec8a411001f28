import { execFile } from 'node:child_process';
import { installed } from '../cli/installed.js';

/** Prometheus's own tool for rules. */
export const promtool: string | undefined = installed('promtool', 'when the alert rules fire');

/** Its exit code, and all that it says. */
export async function runPromtool(...args: string[]): Promise<{ exit: number; said: string }> {
  return new Promise((resolve) => {
    const child = execFile(promtool ?? 'promtool', args, (_error, out, err) => {
      resolve({ exit: child.exitCode ?? -1, said: `${out}${err}` });
    });
  });
}

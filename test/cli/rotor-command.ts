import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const ROTOR = fileURLToPath(new URL('../../bin/rotor.js', import.meta.url));

type Ended = { readonly exit: number; readonly stdout: string; readonly stderr: string };

/** The built command, as a user runs it. */
export async function rotor(
  flags: readonly string[],
  env: Record<string, string> = {},
  { node = process.execPath, cwd }: { readonly node?: string; readonly cwd?: string } = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      node,
      [ROTOR, ...flags],
      { env: { PATH: process.env['PATH'], ...env }, ...(cwd !== undefined && { cwd }) },
      (_error, stdout, stderr) => {
        resolve({ exit: child.exitCode ?? -1, stdout, stderr });
      },
    );
  });
}

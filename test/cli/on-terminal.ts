import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { it } from '@jest/globals';
import { until } from '../fakes/until.js';
import { ROTOR } from './rotor-command.js';

/** Of util-linux: gives a program a terminal of its own. */
export const SCRIPT = process.platform === 'linux' ? '/usr/bin/script' : '';
const hasTerminal = existsSync(SCRIPT);
if (!hasTerminal) console.warn('script (util-linux) IS NOT INSTALLED: WHAT A TERMINAL SHOWS IS NOT TESTED');

/** Of what needs a terminal. */
export const itOnTerminal = hasTerminal ? it : it.skip;

export const CTRL_C = '\u0003';
export const ENTER = '\r';

/** Types each answer once its question stands; resolves with what was shown, and the exit code. */
export async function typedInto(
  command: string,
  more: Readonly<Record<string, string>>,
  answers: readonly (readonly [question: string, typed: string])[],
): Promise<{ readonly code: number | null; readonly said: string }> {
  const env = { PATH: process.env['PATH'], TERM: 'xterm-256color', NO_COLOR: '1', ...more };
  const typed = `stty cols 100 rows 40; exec ${process.execPath} ${ROTOR} ${command}`;
  const child = spawn(SCRIPT, ['-qefc', typed, '/dev/null'], { env, stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  try {
    const exited = once(child, 'exit');
    for (const [question, answer] of answers) {
      await until(question, () => said.includes(question));
      child.stdin.write(answer);
    }
    const [code] = (await exited) as [number | null];
    return { code, said };
  } finally {
    child.kill('SIGKILL');
  }
}

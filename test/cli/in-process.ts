import { jest } from '@jest/globals';
import { main } from '../../src/cli/main.js';

export type Said = { readonly exit: number; readonly stdout: string; readonly stderr: string };

/** A command in this process, which no process of its own has to be waited for: one at a time. */
export async function rotorHere(flags: readonly string[], env: Record<string, string> = {}): Promise<Said> {
  const said = { stdout: '', stderr: '' };
  const streams = ['stdout', 'stderr'] as const;
  const listeners = streams.map((name) => process[name].listeners('error'));
  const spies = streams.map((name) =>
    jest.spyOn(process[name], 'write').mockImplementation((text) => {
      said[name] += typeof text === 'string' ? text : Buffer.from(text).toString();
      return true;
    }),
  );
  const before = process.env;
  process.env = { PATH: before['PATH'], ...env };
  try {
    return { exit: await main(['node', 'rotor', ...flags]), ...said };
  } finally {
    process.env = before;
    spies.forEach((spy) => spy.mockRestore());
    streams.forEach((name, index) => {
      for (const listener of process[name].listeners('error'))
        if (!listeners[index]?.includes(listener)) process[name].off('error', listener as () => void);
    });
  }
}

import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const program = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const HARMLESS = 'lost 0, double resets 0, wrong current 0, leaks 0';

/** Each in a process of its own, since its time is virtual. */
async function closingLineOf(path: string, ...flags: string[]): Promise<string | undefined> {
  const args = ['--import', 'tsx', program(path), ...flags];
  // What broke, and how to play it again, stands in what a failed one has printed.
  const { stdout } = await run(process.execPath, args).catch((failed: { stdout: string }) => failed);
  const lines = stdout.trim().split('\n');
  expect(lines.filter((line) => line.startsWith('BROKEN'))).toEqual([]);
  return lines.at(-1);
}

describe('the real adapters in a world whose time is virtual', () => {
  it('lose nothing where the process dies, freezes or loses an answer', async () => {
    const seed = String(Date.now() % 100_000);
    expect({ seed, line: await closingLineOf('sweep/main.ts', '--sample', '40', '--seed', seed) }).toEqual({
      seed,
      // Each path once without a blow.
      line: `schedules 53, ${HARMLESS}`,
    });
  });

  it('lose nothing in faults and deaths drawn by a seed', async () => {
    expect(await closingLineOf('chaos/main.ts', '--runs', '30')).toBe(`schedules 30, ${HARMLESS}`);
  });
});

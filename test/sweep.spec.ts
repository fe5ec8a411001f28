import { describe, expect, it, jest } from '@jest/globals';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { adapterPaths, askedPaths, paths } from './simulation/paths.js';

const run = promisify(execFile);
const program = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
/** Processes that are busy with nothing but their own work: on a busy machine many times slower. */
jest.setTimeout(240_000);
const HARMLESS = 'lost 0, double resets 0, wrong current 0, leaks 0';

/** Each in a process of its own, since its time is virtual. What broke, and how to play it again, is printed. */
async function linesOf(path: string, ...flags: string[]): Promise<string[]> {
  const args = ['--import', 'tsx', program(path), ...flags];
  const { stdout } = await run(process.execPath, args).catch((failed: { stdout: string }) => failed);
  return stdout.trim().split('\n');
}

async function closingLineOf(path: string, ...flags: string[]): Promise<string | undefined> {
  const lines = await linesOf(path, ...flags);
  expect(lines.filter((line) => line.startsWith('BROKEN'))).toEqual([]);
  return lines.at(-1);
}

describe('the real adapters in a world whose time is virtual', () => {
  it('lose nothing where the process dies, freezes or loses an answer', async () => {
    const seed = String(Date.now() % 100_000);
    const withoutBlow = [...paths, ...askedPaths, ...adapterPaths].length;
    expect({ seed, line: await closingLineOf('sweep/main.ts', '--sample', '20', '--seed', seed) }).toEqual({
      seed,
      line: `schedules ${withoutBlow + 20}, ${HARMLESS}`,
    });
  });

  it('lose nothing in faults and deaths drawn by a seed', async () => {
    expect(await closingLineOf('chaos/main.ts', '--runs', '20')).toBe(`schedules 20, ${HARMLESS}`);
  });

  it('are found wanting with a defect, and the command that is printed plays it again', async () => {
    const defect = ['--defect', 'promote before accept: what is staged is taken for accepted'];
    const found = await linesOf('chaos/main.ts', '--runs', '10', ...defect);
    const [, seed = '', keep = ''] = /--seed (\d+) --runs 1 --keep '([\d,]*)'/.exec(found[0] ?? '') ?? [];
    const again = await linesOf('chaos/main.ts', '--seed', seed, '--runs', '1', '--keep', keep, ...defect);
    expect(again[0]).toBe(found[0]);
    expect(again.at(-1)).toContain('wrong current 1');
  });
});

import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const MODULE = new URL('../../dist/memory.js', import.meta.url).href;

/** Takes some 80 MiB, lets go of it, and prints by how many MiB the process has shrunk. */
const PROGRAM = `
  const { giveBackMemory } = await import(${JSON.stringify(MODULE)});
  let much = Array.from({ length: 1_000_000 }, (_, one) => ({ one, text: 'x' + one }));
  const most = process.memoryUsage.rss();
  much = undefined;
  giveBackMemory();
  console.log(Math.round((most - process.memoryUsage.rss()) / 2 ** 20));
`;

async function shrunkBy(...flags: string[]): Promise<number> {
  const { stdout } = await run(process.execPath, [...flags, '--input-type=module', '--eval', PROGRAM], {
    env: {},
  });
  return Number(stdout);
}

describe('memory that is not in use', () => {
  it('is given back to the system', async () => {
    expect(await shrunkBy('--expose-gc')).toBeGreaterThan(40);
  });

  it('stays with a process that was started without the flag, and nothing else comes of it', async () => {
    expect(await shrunkBy()).toBeLessThan(40);
  });
});

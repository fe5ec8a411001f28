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

/** Says, of a service that has done much, by how many MiB it has shrunk while it was busy still, and once it was at rest. */
const SERVICE = `
  import { setTimeout as delay } from 'node:timers/promises';
  const { keepMemoryLow } = await import(${JSON.stringify(MODULE)});
  const until = async (isOver) => { while (!isOver()) await delay(10); };
  const mib = () => Math.round(process.memoryUsage.rss() / 2 ** 20);
  const work = () => { for (const end = performance.now() + 8; performance.now() < end;); };
  keepMemoryLow(200);
  await delay(1_100);
  let much = Array.from({ length: 1_000_000 }, (_, one) => ({ one, text: 'x' + one }));
  const most = mib();
  much = undefined;
  const over = performance.now() + 1_000;
  await until(() => (work(), performance.now() > over));
  const busy = most - mib();
  const late = performance.now() + 10_000;
  await until(() => most - mib() > 40 || performance.now() > late);
  console.log(JSON.stringify([busy, most - mib()]));
`;

async function said(program: string, ...flags: string[]): Promise<string> {
  const options = [...flags, '--input-type=module', '--eval', program];
  const { stdout } = await run(process.execPath, options, { env: {} });
  return stdout;
}

async function shrunkBy(...flags: string[]): Promise<number> {
  return Number(await said(PROGRAM, ...flags));
}

describe('memory that is not in use', () => {
  it('is given back to the system', async () => {
    expect(await shrunkBy('--expose-gc')).toBeGreaterThan(40);
  });

  it('stays with a process that was started without the flag, and nothing else comes of it', async () => {
    expect(await shrunkBy()).toBeLessThan(40);
  });

  it('is given back by a service that has grown, and only once it is at rest', async () => {
    const [busy, atRest] = JSON.parse(await said(SERVICE, '--expose-gc')) as [number, number];
    expect(busy).toBeLessThan(40);
    expect(atRest).toBeGreaterThan(40);
  });
});

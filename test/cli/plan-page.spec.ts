import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { settable } from '../rotation/harness.js';
import { ApiWorld } from '../triggers/api-world.js';
import { rotorHere as rotor } from './in-process.js';

describe('a plan as a page', () => {
  let world: ApiWorld;
  let env: Record<string, string>;
  beforeAll(async () => {
    const upstream = await settable();
    world = await ApiWorld.open({ others: { search: {}, docs: {} }, ports: () => upstream.ports });
    await world.app.listen(0, '127.0.0.1');
    env = { ROTOR_ADDR: (await world.app.getUrl()).replace('[::1]', '127.0.0.1'), ROTOR_TOKEN: world.token };
  });
  afterAll(async () => world.close());

  const run = async (...args: string[]) => rotor(args, env);

  it('shows what a run would do for a pull request, of one rotation and only where nothing is started', async () => {
    const { stdout, exit } = await run('rotate', 'search', '--dry-run', '-o', 'markdown');
    expect([exit, stdout]).toEqual([
      0,
      expect.stringMatching(
        /^### search: ready: .*\n\n\|  \|  \|\n\| --- \| --- \|\n\| resource \| .*\n\| until \| .* \|\n\n.*`rotor rotate search --plan plan_\w+`\n$/s,
      ),
    ]);
    const urgent = await run(
      'rotate',
      'search',
      '--dry-run',
      '--emergency',
      '--reason',
      'leak',
      '-o',
      'markdown',
    );
    expect(urgent.stdout).toMatch(/`rotor rotate search --emergency --reason … --plan plan_\w+`\n$/);
    for (const wrong of [
      ['search'],
      ['search', 'docs', '--dry-run'],
      ['search', '--all', '--dry-run'],
      ['--all', '--dry-run'],
    ])
      expect(await run('rotate', ...wrong, '-o', 'markdown')).toMatchObject({
        exit: 2,
        stderr: expect.stringContaining('-o markdown is for the plan of one rotation'),
      });
  });
});

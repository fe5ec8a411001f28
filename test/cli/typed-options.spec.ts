import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { settable } from '../rotation/harness.js';
import { ApiWorld } from '../triggers/api-world.js';
import { rotorHere as rotor } from './in-process.js';

describe('the options of commands that ask the API', () => {
  let world: ApiWorld;
  let env: Record<string, string>;
  beforeAll(async () => {
    const upstream = await settable();
    const others = { search: { env: 'prod' }, docs: { env: 'staging' } };
    world = await ApiWorld.open({ others, ports: () => upstream.ports });
    await world.app.listen(0, '127.0.0.1');
    env = { ROTOR_ADDR: (await world.app.getUrl()).replace('[::1]', '127.0.0.1'), ROTOR_TOKEN: world.token };
  });
  afterAll(async () => world.close());

  const run = async (...args: string[]) => rotor(args, env);

  it.each([
    ['audit verify --period 2026-Q3', "rotor: unknown option '--period'\n"],
    ['status --wach', "rotor: unknown option '--wach'\n(Did you mean --watch?)\n"],
    ['report', "rotor: required option '--period <period>' not specified\n"],
  ])('begin like every other failure where they are wrong: rotor %s', async (typed, said) => {
    const { exit, stderr } = await run(...typed.split(' '));
    expect(exit).toBe(2);
    expect(stderr).toMatch(/^[^]*\nnext: rotor \w+( \w+)? --help\n$/);
    expect(stderr.slice(0, said.length)).toBe(said);
    expect(stderr).not.toContain('--version');
  });

  it('name the option that was typed where the service refuses its value', async () => {
    const told = async (...args: string[]) => (await run(...args)).stderr.split('\n')[0];
    expect(await told('token', 'create', 'ci', '--grant', 'read', '--expires', '1000')).toBe(
      'rotor: --expires: found 1000, expected at most 366.',
    );
    expect(await told('status', '--state', 'overdeu')).toMatch(
      /^rotor: --state: found "overdeu", expected one of: .*overdue.* Did you mean overdue\?$/,
    );
    expect(await told('rotate', 'docs', '--reason', 'x'.repeat(3_000))).toBe(
      'rotor: --reason: found a text (3000 characters), expected at most 500 characters.',
    );
  });

  it('list as many notifications as were asked for, each with when it was written and what has failed', async () => {
    for (const rotation of ['docs', 'search']) await world.ask('POST', `/v1/rotations/${rotation}/runs`, {});
    const { exit, stdout, stderr } = await run('notifications', '--limit', '1');
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^ID +AGE +STATE +ROTATION +EVENT +FAILED TRIES/);
    expect(stdout.trim().split('\n')).toHaveLength(2);
    expect(stderr).toContain('there are more; show them with --limit (up to 200)');
  });
});

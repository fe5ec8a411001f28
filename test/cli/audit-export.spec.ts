import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiWorld } from '../triggers/api-world.js';
import { rotorHere as rotor } from './in-process.js';

describe('rotor audit export', () => {
  let world: ApiWorld;
  let env: Record<string, string>;
  beforeAll(async () => {
    world = await ApiWorld.open({ others: { search: { env: 'prod' }, docs: { env: 'staging' } } });
    await world.app.listen(0, '127.0.0.1');
    env = { ROTOR_ADDR: await world.app.getUrl(), ROTOR_TOKEN: world.token };
  });
  afterAll(async () => world.close());

  const run = async (...args: string[]) => rotor(args, env);

  beforeAll(async () => {
    await run('rehearse', 'search');
    await run('pause', 'docs', '--reason', 'freeze');
    await run('resume', 'docs');
  });

  it('prints the log line by line', async () => {
    const { stdout } = await run('audit', 'export');
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines.length).toBe(3);
    expect((await run('audit', 'export', '--csv')).stdout.split('\r\n')[0]).toBe(
      'at,run,rotation,seq,what,hash',
    );
  });

  it('prints a part of it, and says that it is one', async () => {
    const whole = await run('audit', 'export');
    expect(whole).toMatchObject({ exit: 0, stderr: '' });
    const part = await run('audit', 'export', 'docs', '--csv');
    expect(part).toMatchObject({ exit: 0, stderr: expect.stringContaining('a part of the log') });
    const [head, ...lines] = part.stdout.trim().split('\r\n');
    expect(head).toBe('at,run,rotation,seq,what,hash');
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.every((line) => line.includes(',"docs",'))).toBe(true);
    const day = new Date(world.clock.now()).toISOString().slice(0, 10);
    const month = `${day.slice(0, 7)}-01..${day}`;
    expect((await run('audit', 'export', '--period', month)).stdout).toBe(whole.stdout);
    expect((await run('audit', 'export', '--period', '1999')).stdout).toBe('');
    expect((await run('audit', 'export', '--since', day + 'T00:00:00Z')).stdout).toBe(whole.stdout);
  });

  it.each([
    ['--period 1999', 'no entries in the audit log match --period 1999'],
    [
      'docs --csv --since 2999-01-01T00:00:00Z',
      'no entries of docs in the audit log match --since 2999-01-01T00:00:00Z',
    ],
    ['checkout', 'there are no entries of checkout in the audit log'],
  ])('says where %s leaves nothing', async (part, said) => {
    const { exit, stdout, stderr } = await run('audit', 'export', ...part.split(' '));
    expect([exit, stdout.trim().split('\n').length, stderr]).toEqual([0, 1, `${said}\n`]);
  });

  it.each([
    ['audit export nope', 'there is no rotation "nope"'],
    ['audit export --since soon', '--since: found "soon", expected a duration'],
    ['audit export --period soon', '--period: found "soon", expected a quarter'],
    ['audit export --since 1d --period 2026', 'one of --since and --period is possible'],
  ])('rotor %s is refused with a sentence', async (typed, said) => {
    const { exit, stdout, stderr } = await run(...typed.split(' '));
    expect([exit, stdout, stderr]).toEqual([2, '', expect.stringContaining(said)]);
  });

  it('is a part by the API where a rotation or a time is asked for', async () => {
    const partOf = async (query: string) => {
      const headers = { authorization: `Bearer ${world.token}` };
      const { statusCode, body } = await world.app.inject({ url: `/v1/audit/export?${query}`, headers });
      if (statusCode !== 200) return [statusCode, (JSON.parse(body) as { detail: string }).detail];
      const lines = body.split('\n').filter(Boolean);
      return lines.map((line) => (JSON.parse(line) as { rotation: string }).rotation);
    };
    expect(await partOf('rotation=search')).toEqual(['search']);
    expect(await partOf('rotation=docs')).toEqual(['docs', 'docs']);
    expect(await partOf('rotation=checkout')).toEqual([]);
    expect(await partOf('from=2999-01-01T00:00:00Z')).toEqual([]);
    expect(await partOf('to=2001-01-01T00:00:00Z&rotation=search')).toEqual([]);
    // Of one that has left the config, and that people have only talked of.
    const said = { reason: 'freeze', by: 'ada' };
    await world.journal.act({ what: 'pause', rotation: 'gone', ...said });
    expect(await partOf('rotation=gone')).toEqual(['gone']);
    expect(await partOf('rotation=nope')).toEqual([404, expect.stringContaining('no rotation "nope"')]);
    expect(await partOf('from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z')).toEqual([
      400,
      expect.stringContaining('from'),
    ]);
    expect(await partOf('since=1d')).toEqual([400, expect.stringContaining('since')]);
  });
});

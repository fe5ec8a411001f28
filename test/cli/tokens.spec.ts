import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { ApiWorld } from '../triggers/api-world.js';
import { rotorHere as rotor } from './in-process.js';

describe('rotor token', () => {
  let world: ApiWorld;
  let env: Record<string, string>;
  beforeAll(async () => {
    world = await ApiWorld.open({ others: { search: { env: 'prod' }, docs: { env: 'staging' } } });
    await world.app.listen(0, '127.0.0.1');
    env = { ROTOR_ADDR: await world.app.getUrl(), ROTOR_TOKEN: world.token };
  });
  afterAll(async () => world.close());

  const run = async (...args: string[]) => rotor(args, env);

  it('makes tokens that other commands take, and ends them', async () => {
    const made = await run('token', 'create', 'ci', '--grant', 'read[env=staging]');
    expect(made.stdout).toMatch(/^rot_\w+\n$/);
    const as = { ...env, ROTOR_TOKEN: made.stdout.trim() };
    expect((await rotor(['status', '-o', 'name'], as)).stdout).toBe('docs\n');
    expect(await rotor(['audit', 'verify'], as)).toMatchObject({
      exit: 5,
      stderr: expect.stringMatching(
        /scope audit(.|\n)*next: rotor token create NAME --grant audit, as its owner/,
      ),
    });
    const [id = ''] = made.stderr.split(' ');
    expect((await run('token', 'list', '-o', 'name')).stdout.split('\n')).toContain(id);
    const [head = '', ...lines] = (await run('token', 'list')).stdout.split('\n');
    const line = lines.find((one) => one.startsWith(id)) ?? '';
    expect(head).toMatch(/^ID +STATE +NAME +MAY +UNTIL +LAST USED$/);
    expect(line.indexOf('read[env=staging]')).toBe(head.indexOf('MAY'));
    expect((await run('token', 'revoke', id)).stdout).toBe(`${id} (ci) is revoked\n`);
    expect((await rotor(['status'], as)).exit).toBe(5);
  });

  it('ends several tokens at once, and names those that are not there', async () => {
    for (const name of ['one', 'two']) await run('token', 'create', name, '--grant', 'read');
    const ids = (await run('token', 'list', '-o', 'name')).stdout.trim().split('\n');
    expect(ids.length).toBeGreaterThan(1);
    const { exit, stdout, stderr } = await run('token', 'revoke', 'nope', ...ids);
    expect([exit, stdout.match(/ is revoked$/gm)?.length]).toEqual([2, ids.length]);
    expect(stderr).toMatch(
      /^nope is not revoked: there is no API token "nope"\. \w.*\nnext: rotor token list\n$/,
    );
    const { tokens } = JSON.parse((await run('token', 'list', '--json')).stdout) as { tokens: object[] };
    expect(tokens.every((token) => 'state' in token && token.state === 'revoked')).toBe(true);
    const again = JSON.parse((await run('token', 'revoke', 'nope', ...ids, '--json')).stdout) as object;
    expect(again).toMatchObject({ tokens, failed: [{ id: 'nope', problem: { code: 'not_found' } }] });
  });

  it('names next what mends it where no token can be revoked at all, and not the list that would fail as well', async () => {
    const wrong = await rotor(['token', 'revoke', 'a', 'b'], { ...env, ROTOR_TOKEN: randomUUID() });
    expect([wrong.exit, wrong.stderr.match(/^next: .*$/gm)]).toEqual([
      5,
      ['next: rotor context add NAME --address https://… --token-file FILE'],
    ]);
    const nobody = await rotor(['token', 'revoke', 'a', 'b'], { ...env, ROTOR_ADDR: 'http://127.0.0.1:9' });
    expect([nobody.exit, nobody.stderr.match(/^next: .*$/gm)]).toEqual([
      6,
      ['next: rotor serve, or rotor context list'],
    ]);
  });
});

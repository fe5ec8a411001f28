import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { settable } from '../rotation/harness.js';
import { ApiWorld } from '../triggers/api-world.js';
import { rotorHere as rotor } from './in-process.js';
import { rotor as rotorAlone } from './rotor-command.js';

describe('the commands that ask the API', () => {
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

  it('print a table for people, JSON and YAML for programs, and names for other commands', async () => {
    const table = await run('status');
    expect(table.stdout.split('\n')[0]).toMatch(/^ROTATION +STATE +TOKEN/);
    expect((await run('status', '-o', 'name')).stdout.trim().split('\n').toSorted()).toEqual([
      'checkout',
      'docs',
      'search',
    ]);
    const json = JSON.parse((await run('status', '-o', 'json')).stdout) as object;
    expect(parse((await run('status', '-o', 'yaml')).stdout)).toEqual(json);
    expect(JSON.parse((await run('status', '--json')).stdout)).toEqual(json);
    expect((await run('status', '-o', 'xml')).exit).toBe(2);
  });

  it('print a failure as a JSON object where JSON is asked for, in any of its ways', async () => {
    for (const flags of [['--json'], ['-o', 'json'], ['--output=json']]) {
      const { exit, stdout } = await run('runs', 'nope', ...flags);
      expect([exit, JSON.parse(stdout)]).toEqual([
        2,
        expect.objectContaining({ code: 'not_found', status: 404 }),
      ]);
    }
  });

  it('tell the addresses of badge and calendar, which take a token of their own and show none', async () => {
    const { exit, stdout, stderr } = await run('status', 'docs', '--links');
    expect(exit).toBe(0);
    expect(stdout + stderr).not.toContain('rot_');
    const addresses = [...stdout.matchAll(/https?:\S+/g)].map(([address]) => address);
    const made = [...stderr.matchAll(/next: rotor (token create .*)$/gm)].map(([, words = '']) =>
      words.split(' '),
    );
    expect([addresses.length, made.length]).toEqual([2, 2]);
    for (const [index, address] of addresses.entries()) {
      expect((await fetch(address)).status).toBe(401);
      const token = (await run(...(made[index] ?? []))).stdout.trim();
      const shown = await fetch(address.replace('TOKEN', token));
      expect(shown.status).toBe(200);
      expect(await shown.text()).toMatch(/<title>docs: |^BEGIN:VCALENDAR/);
    }
    const { links } = JSON.parse((await run('status', '--links', '--json')).stdout) as { links: object[] };
    expect(links).toEqual([
      expect.objectContaining({
        link: 'badge',
        address: `${env['ROTOR_ADDR']}/v1/status/badge.svg?token=TOKEN`,
      }),
      expect.objectContaining({ link: 'calendar' }),
    ]);
    expect(stderr).toContain('server.baseUrl says how others do');
    expect((await run('status', 'nope', '--links')).exit).toBe(2);
    expect((await run('status', '--links', '--state', 'new')).stderr).toContain('takes no --state');
  });

  it('tell the addresses by which others reach it, where its config says them', async () => {
    const other = await ApiWorld.open({ baseUrl: 'https://rotor.example.com/apm' });
    await other.app.listen(0, '127.0.0.1');
    const reached = { ROTOR_ADDR: await other.app.getUrl(), ROTOR_TOKEN: other.token };
    const { stdout, stderr } = await rotor(['status', '--links'], reached);
    await other.close();
    for (const path of ['status/badge.svg', 'calendar.ics'])
      expect(stdout).toContain(` https://rotor.example.com/apm/v1/${path}?token=TOKEN`);
    expect(stderr).not.toContain('server.baseUrl');
  });

  it('tell times as they are with --utc, in tables', async () => {
    const [, row = ''] = (await run('status', 'docs', '-o', 'table')).stdout.split('\n');
    const utc = await run('get', 'rotations', '--utc');
    expect(utc.stdout).toMatch(/^ROTATION +STATE +TOKEN +SINCE /);
    expect(row).not.toContain('SINCE');
  });

  it('choose rotations by their labels', async () => {
    expect((await run('status', '-l', 'env=staging', '-o', 'name')).stdout).toBe('docs\n');
    expect((await run('status', '--state', 'new', '-l', 'env=staging', '-o', 'name')).stdout).toBe('docs\n');
    expect((await run('status', '--state', 'overdue', '-o', 'name')).stdout).toBe('');
    expect((await run('plan', '-l', 'env=staging', '-o', 'name')).stdout).toBe('docs\n');
    expect((await run('plan', 'docs', '-l', 'env=staging')).exit).toBe(2);
    expect(await run('status', '--state', 'well')).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('overdue'),
    });
    expect((await run('status', '--check', '--state', 'new')).exit).toBe(3);
    const many = await run('rotate', '-l', 'env=prod', '--max', '1');
    expect(many).toMatchObject({
      exit: 7,
      stderr: expect.stringContaining('2 rotations have the labels env=prod'),
    });
    const started = await run('rotate', '-l', 'env=prod', '--reason', 'leak', '-o', 'name');
    expect([started.exit, started.stdout.trim().split('\n')]).toEqual([
      0,
      [expect.stringMatching(/^run_/), expect.stringMatching(/^run_/)],
    ]);
    const again = await run('rotate', '-l', 'env=prod');
    expect(again).toMatchObject({ exit: 7, stderr: expect.stringContaining('checkout: ') });
    expect((await run('runs', '--active', '-o', 'name')).stdout.trim().split('\n')).toHaveLength(2);
    expect((await run('runs', '--outcome', 'failed')).stderr).toBe('no runs match --outcome failed\n');
  });

  it('show what a run would do, and start no other than that', async () => {
    const plan = await run('rotate', 'docs', '--dry-run');
    expect(plan).toMatchObject({ exit: 0, stdout: expect.stringContaining('docs: ready:') });
    const id = /--plan (plan_\w+)/.exec(plan.stderr)?.[1] ?? '';
    expect((await run('rotate', 'docs', '--plan', id)).exit).toBe(0);
    const bad = await run('rotate', 'docs', '--plan', 'plan_1');
    expect(bad).toMatchObject({ exit: 2, stderr: expect.stringContaining('is none that Rotor has given') });
  });

  it('look at a rotation, with an exit code for what was seen', async () => {
    const changing = await run('verify', 'docs');
    expect(changing).toMatchObject({ exit: 8, stdout: expect.stringMatching(/: run_\w+ is under way\./) });
    expect(changing.stdout).toContain('0 of 1 on it');
    expect(changing.stdout).toMatch(/^next: rotor watch run_\w+$/m);
  });

  it('tell the version of the command, and of the service where one answers', async () => {
    const told = await run('version');
    expect(told).toMatchObject({
      exit: 0,
      stdout: expect.stringMatching(/^rotor \d.*\nservice \d.* at http/),
    });
    const alone = await rotor(['version', '-o', 'json'], { ...env, ROTOR_ADDR: 'http://127.0.0.1:1' });
    expect([alone.exit, JSON.parse(alone.stdout)]).toEqual([
      0,
      {
        apiVersion: 'rotor/v1',
        command: { version: expect.any(String), commit: expect.any(String), node: expect.any(String) },
        service: { problem: expect.stringContaining('no Rotor answers') },
      },
    ]);
  });

  it('show the config of the service, and where it comes from', async () => {
    const { stdout } = await run('config', 'show', '--running', '--origin');
    expect(stdout).toMatch(/^ORIGIN +PATH +VALUE\n/);
    expect(stdout).toMatch(/^rotor\.yaml:6:13 +rotations\.0\.maxAge +30d$/m);
    expect(stdout).toMatch(/^default +rotations\.0\.renewBefore +3d$/m);
  });

  it.each([
    ['runs --outcome foo', "'--outcome <outcome>' argument 'foo' is invalid. Allowed choices are succeeded,"],
    ['runs --limit foo', '--limit: found "foo", expected a whole number from 1 to 200'],
    ['runs --limit 201', '--limit: found "201", expected a whole number from 1 to 200'],
    ['runs --since foo', '--since: found "foo", expected a duration'],
    ['events --since 2026-12-01T08:00:00', '--since: found "2026-12-01T08:00:00", expected a duration'],
    ['pause docs --reason x --until foo', '--until: found "foo", expected a time with an offset'],
    [
      'notifications --state foo',
      "'--state <state>' argument 'foo' is invalid. Allowed choices are waiting,",
    ],
    ['token create ci --grant foo', '--grant "foo": expected one of read, rotate,'],
    ['token create ci --grant audit[env=prod]', 'audit is for the whole service, and takes no labels'],
  ])('rotor %s names the option, what was found and what was expected', async (typed, said) => {
    expect(await run(...typed.split(' '))).toMatchObject({ exit: 2, stderr: expect.stringContaining(said) });
  });

  it('list the runs since a while ago, as the events', async () => {
    expect((await run('runs', '--since', '1d')).stderr).toBe('no runs match --since 1d\n');
  });

  it.each(['verify', 'plan', 'rehearse', 'runs'])(
    'rotor %s says of an unknown rotation which there are',
    async (command) => {
      const { exit, stderr } = await run(command, 'nope');
      expect([exit, stderr]).toEqual([
        2,
        expect.stringMatching(
          /there is no rotation "nope"; the config declares (\w+, )*docs(.|\n)*next: rotor status/,
        ),
      ]);
    },
  );

  it('talk to the service of a context from any folder, unless the environment says otherwise', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rotor-contexts-'));
    try {
      const tokenFile = join(folder, 'token');
      await writeFile(tokenFile, `${world.token}\n`);
      const here = { XDG_CONFIG_HOME: folder };
      const add = ['context', 'add', 'here', '--address', env['ROTOR_ADDR'] ?? '', '--token-file', tokenFile];
      expect((await rotor(add, here)).exit).toBe(0);
      expect((await stat(join(folder, 'rotor', 'contexts.yaml'))).mode & 0o777).toBe(0o600);
      expect((await rotor(['status', '-l', 'env=staging', '-o', 'name'], here)).stdout).toBe('docs\n');
      const nowhere = { ...here, ROTOR_ADDR: 'http://127.0.0.1:9' };
      expect((await rotor(['status'], nowhere)).exit).not.toBe(0);
      const unknown = await rotor(['status'], { ...here, ROTOR_CONTEXT: 'there' });
      expect(unknown).toMatchObject({
        exit: 2,
        stderr: expect.stringContaining('there is no context "there"; known are: here'),
      });
      await writeFile(join(folder, 'rotor', 'contexts.yaml'), 'contexts: 7');
      expect(await rotor(['status'], here)).toMatchObject({
        exit: 2,
        stderr: expect.stringContaining('contexts: expected'),
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('complete the names of rotations, and say nothing where the service does not answer', async () => {
    const offered = await rotorAlone(['complete', '--', 'pause', ''], env);
    expect(offered.stdout).toMatch(/^docs\t/m);
    const silent = await rotorAlone(['complete', '--', 'pause', ''], {
      ...env,
      ROTOR_ADDR: 'http://127.0.0.1:9',
    });
    expect([silent.exit, silent.stderr, silent.stdout]).toEqual([0, '', expect.not.stringContaining('docs')]);
    const targets = await rotorAlone(['complete', '--', 'get', 'targets', ''], env);
    expect(targets.stdout).toMatch(/^web\tfile of docs$/m);
    const [id = ''] = (await run('token', 'create', 'for a shell', '--grant', 'read')).stderr.split(' ');
    const revocable = await rotorAlone(['complete', '--', 'token', 'revoke', ''], env);
    expect(revocable.stdout).toContain(`${id}\tfor a shell\n`);
    await run('token', 'revoke', id);
    expect((await rotorAlone(['complete', '--', 'token', 'revoke', ''], env)).stdout).not.toContain(id);
    expect((await rotorAlone(['completion', 'bash'], env)).stdout).toContain('rotor');
  });
});

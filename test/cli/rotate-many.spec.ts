import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { rotate } from '../../src/cli/start.js';
import type { Claim } from '../../src/journal/journal.js';
import { refused } from '../contracts/journal.contract.js';
import { until } from '../fakes/until.js';
import { ApiWorld } from '../triggers/api-world.js';
import { ROTOR, rotor } from './rotor-command.js';

/** Nobody works on the runs but the test. */
describe('rotor rotate', () => {
  let world: ApiWorld;
  let env: Record<string, string>;
  beforeEach(async () => {
    world = await ApiWorld.open({ others: { search: { env: 'prod' }, docs: { env: 'staging' } } });
    await world.app.listen(0, '127.0.0.1');
    env = { ROTOR_ADDR: await world.app.getUrl(), ROTOR_TOKEN: world.token };
  });
  afterEach(async () => world.close());

  const run = async (...flags: string[]) => rotor(['rotate', ...flags], env);
  const startedNow = async () =>
    (await world.journal.list({ limit: 10 })).map(({ rotation }) => rotation).toSorted();
  const claim = async (): Promise<Claim> => {
    let claimed: Claim | undefined;
    await until('there is a run', async () => {
      claimed = await world.journal.claim();
      return claimed !== undefined;
    });
    if (!claimed) throw new Error('nothing to work on');
    return claimed;
  };

  it('starts none where one of the names is not known, whether it would wait or not', async () => {
    for (const stay of [[], ['--wait', '--timeout', '1s']]) {
      const { exit, stdout, stderr } = await run('docs', 'nope', 'neither', ...stay);
      expect([exit, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(
        /^rotor: there is no rotation "nope" or "neither"\.\nhint: .*nothing was started(.|\n)*\nnext: rotor status\n$/,
      );
    }
    expect(await startedNow()).toEqual([]);
  });

  it('starts several by name, names each refusal, and ends with the worst', async () => {
    const some = await run('docs', 'search', '-o', 'name');
    expect(some.exit).toBe(0);
    expect(some.stdout.trim().split('\n')).toHaveLength(2);
    expect(await startedNow()).toEqual(['docs', 'search']);
    const again = await run('docs', 'checkout');
    expect(again).toMatchObject({ exit: 7, stderr: expect.stringContaining('docs: ') });
    expect(await startedNow()).toEqual(['checkout', 'docs', 'search']);
  });

  it('starts all only where somebody has said how many are meant', async () => {
    const unsaid = await run('--all');
    expect(unsaid).toMatchObject({ exit: 2, stdout: '' });
    expect(unsaid.stderr).toContain('this would rotate checkout, search, docs: 3 in all');
    expect(await run('--all', '--max', '2')).toMatchObject({
      exit: 7,
      stderr: expect.stringContaining('there are 3 rotations, and --max is 2'),
    });
    expect(await run('--all', '-l', 'env=nope')).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('no rotation has the labels env=nope'),
    });
    expect(await startedNow()).toEqual([]);
    expect((await run('--all', '--yes')).exit).toBe(0);
    expect(await startedNow()).toHaveLength(3);
  });

  it('leaves those to AWS that it rotates', async () => {
    await world.close();
    world = await ApiWorld.open({ driven: { drivenBy: 'aws' } });
    await world.app.listen(0, '127.0.0.1');
    env = { ROTOR_ADDR: await world.app.getUrl(), ROTOR_TOKEN: world.token };
    expect(await run('--all', '--yes')).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('there is no rotation that Rotor starts itself'),
    });
  });

  it('waits in silence until the run has ended, and ends as it did', async () => {
    const waiting = run('docs', '--wait');
    const claimed = await claim();
    await world.journal.append(claimed, { note: 'looked' });
    await world.journal.append(claimed, { state: refused });
    expect(await waiting).toEqual({
      exit: 1,
      stdout: expect.stringContaining('failed (refused)'),
      stderr: expect.stringMatching(/^next: /),
    });
  });

  it('says while it waits that the deliveries are paused, which nobody but a person ends', async () => {
    const waiting = run('docs', '--wait', '--timeout', '3s');
    await world.journal.append(await claim(), { paused: { since: 1, reason: 'web failed' } });
    expect(await waiting).toMatchObject({
      exit: 8,
      stderr: expect.stringContaining('docs  paused: web failed; next: rotor resume run_'),
    });
  });

  it('stops waiting when the time is over, and says how to go on', async () => {
    const { exit, stderr } = await run('docs', '--wait', '--timeout', '300ms');
    const [started] = await world.journal.list({ limit: 1 });
    expect({ exit, stderr }).toEqual({
      exit: 8,
      stderr: `the time is over; the run goes on.\nnext: rotor watch ${started?.id ?? ''}\n`,
    });
  });

  it('stops waiting for all of several at one interrupt', async () => {
    const server: Server = world.app.getHttpServer();
    const child = spawn(process.execPath, [ROTOR, 'rotate', 'docs', 'search', '--wait'], {
      env: { PATH: process.env['PATH'], ...env },
    });
    server.on('request', ({ url }: IncomingMessage) => {
      if (url?.includes('wait=') === true) child.kill('SIGINT');
    });
    const [said] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    expect([child.exitCode, said]).toEqual([
      8,
      'detached; what has not ended goes on.\nnext: rotor runs --active\n',
    ]);
  });

  it('waits for several, and ends with the worst of what has become of them', async () => {
    await world.ask('POST', '/v1/rotations/checkout/pause', { reason: 'freeze' });
    const waiting = run('docs', 'search', 'checkout', '--wait', '--timeout', '20s', '--json');
    const partial = await claim();
    await world.journal.append(partial, {
      state: { state: 'ended', outcome: 'partial', detail: 'one is behind' },
    });
    const failed = await claim();
    await world.journal.append(failed, { state: refused });
    const { exit, stdout, stderr } = await waiting;
    expect(exit).toBe(1);
    const nameOf = async ({ runId }: Claim) => (await world.journal.find(runId))?.rotation;
    expect(stderr.match(/^next: .*$/gm)).toEqual([
      `next: rotor status ${await nameOf(failed)}`,
      `next: rotor status ${await nameOf(partial)}`,
      'next: rotor status',
    ]);
    const { runs } = JSON.parse(stdout) as { runs: { outcome: string }[] };
    expect(runs.map(({ outcome }) => outcome).toSorted()).toEqual(['failed', 'partial']);
  });

  it('waits for adoptions, rehearsals and redeliveries as well', async () => {
    const late = { exit: 8, stderr: expect.stringContaining('the time is over') };
    const asked = { adopt: 'docs', rehearse: 'search', redeliver: 'checkout' };
    const ended = Object.entries(asked).map(async (words) =>
      rotor([...words, '--wait', '--timeout', '300ms'], env),
    );
    expect(await Promise.all(ended)).toMatchObject([late, late, late]);
  });
});

it.each([
  [[], { json: true }, 'nothing is given, and there is no terminal to choose one on'],
  [[], { plan: 'plan_1' }, 'name one rotation or several, or give --selector or --all; nothing is given'],
  [['docs'], { all: true }, 'both are given'],
  [['docs', 'search'], { plan: 'plan_1' }, '--plan and --watch are for one rotation'],
  [['docs'], { max: '2' }, '--max is for --selector and --all'],
  [['docs'], { watch: true, wait: true }, 'one of --watch, --wait and --no-wait is possible'],
  [['docs'], { watch: true, wait: false }, 'one of --watch, --wait and --no-wait is possible'],
  [['docs'], { timeout: '1m' }, '--wait or --watch is missing'],
  [['docs'], { wait: true, timeout: 'soon' }, '--timeout: found "soon", expected a duration'],
  [['docs', 'search'], { wait: true, timeout: '25d' }, 'up to 24d'],
])('nothing is asked of a service for %j with %j', async (names, options, why) => {
  await expect(rotate(names, { reason: 'test', ...options })).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining(why),
  });
});

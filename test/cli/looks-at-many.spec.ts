import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { askAboutEach, rankOf, worstOf } from '../../src/cli/each-of-many.js';
import type { Ports } from '../../src/rotation/ports.js';
import { RotorError } from '../../src/rotation/errors.js';
import { Secret } from '../../src/rotation/secret.js';
import { settable } from '../rotation/harness.js';
import { ApiWorld } from '../triggers/api-world.js';
import { rotorHere } from './in-process.js';

let world: ApiWorld;
let upstream: Awaited<ReturnType<typeof settable>>;
beforeEach(async () => {
  upstream = await settable();
  const others = { docs: { env: 'staging' }, search: { env: 'prod' } };
  const ports = (): Ports => ({ ...upstream.ports, targets: [] });
  world = await ApiWorld.open({ others, ports });
  await world.app.listen(0, '127.0.0.1');
});
afterEach(async () => world.close());

const run = async (...words: string[]) =>
  rotorHere(words, { ROTOR_ADDR: await world.app.getUrl(), ROTOR_TOKEN: world.token });
/** Every instance runs with a token that nobody has told Rotor of. */
const changeOutside = (): void => {
  const { instances } = upstream.issuer;
  for (const index of instances.keys()) instances[index] = new Secret('another one');
};
const firstColumn = (text: string): string[] =>
  text
    .split('\n\n', 1)
    .flatMap((lines) => lines.trim().split('\n').slice(1))
    .map((line) => line.split(' ', 1).join(''));

describe('rotor verify of several', () => {
  it('has a row each, and ends with 0 where all agree', async () => {
    const { exit, stdout } = await run('verify', '--all');
    expect([exit, firstColumn(stdout)]).toEqual([0, ['checkout', 'docs', 'search']]);
    expect(stdout).toMatch(/^search +in step +[0-9a-f]{8} +3 of 3 +none$/m);
    expect(await run('verify', '-l', 'env=staging', '-o', 'name')).toMatchObject({
      exit: 0,
      stdout: 'docs\n',
    });
  });

  it('puts the worst first, says what to do of each that is not well, and ends with its exit code', async () => {
    await world.ask('POST', '/v1/rotations/docs/runs');
    const busy = await run('verify', 'search', 'docs');
    expect([busy.exit, firstColumn(busy.stdout)]).toEqual([8, ['docs', 'search']]);
    expect(busy.stdout).toMatch(/\n\ndocs: a change is on its way.*\n {2}next: rotor watch run_\w+\n$/);
    changeOutside();
    const { exit, stdout } = await run('verify', 'docs', 'nope', 'search');
    expect([exit, firstColumn(stdout)]).toEqual([3, ['search', 'nope', 'docs']]);
    expect(stdout).toMatch(/\n\nnope: there is no rotation "nope".*\n {2}next: rotor status\n/);
    const json = JSON.parse((await run('verify', 'docs', 'nope', 'search', '--json')).stdout) as object;
    expect(json).toMatchObject({
      verifications: [
        { rotation: 'search', verdict: 'drifted' },
        { rotation: 'docs', verdict: 'busy' },
      ],
      failed: [{ rotation: 'nope', problem: { code: 'not_found' } }],
    });
  });

  it('names next what the worst of them needs, also where names alone are printed', async () => {
    const next = async () => (await run('verify', '--all', '-o', 'name')).stderr;
    expect(await next()).toBe('');
    changeOutside();
    expect(await next()).toMatch(/^next: .* run: rotor adopt checkout\n$/);
    upstream.issuer.unresolvable = new RotorError('upstream_forbidden', 'not allowed');
    expect(await next()).toBe('next: rotor doctor checkout\n');
  });

  it('has the columns of one as wide as the longest name of a target', async () => {
    await world.close();
    const [target] = upstream.ports.targets;
    if (!target) throw new Error('there is no target');
    const ports = (): Ports => ({
      ...upstream.ports,
      targets: [{ ...target, name: 'accounts-api-of-shop' }],
    });
    world = await ApiWorld.open({ ports });
    await world.app.listen(0, '127.0.0.1');
    const { stdout } = await run('verify', 'checkout');
    const [, ...lines] = stdout.trim().split('\n');
    const starts = lines.map((line) => /^ {2}\S+( Server)? +/.exec(line)?.[0].length);
    expect(new Set(starts)).toEqual(new Set(['  accounts-api-of-shop  '.length]));
  });

  it('is of one, whole, where one is named, also twice', async () => {
    const one = await run('verify', 'search');
    expect(one).toMatchObject({ exit: 0, stdout: expect.stringMatching(/^search: .*agree\.\n {2}issuer/) });
    expect(await run('verify', 'search', 'search')).toEqual(one);
  });

  it.each([
    [[], 'nothing is given'],
    [['docs', '--all'], 'both are given'],
    [['-l', 'env=nope'], 'no rotation has the labels env=nope'],
  ])('asks for something to look at: %j', async (words, why) => {
    expect(await run('verify', ...words)).toMatchObject({ exit: 2, stderr: expect.stringContaining(why) });
  });
});

describe('rotor rotate --dry-run of several', () => {
  const nothingStarted = async () => expect(await world.journal.list({ limit: 1 })).toEqual([]);

  const pauseBoth = async () => {
    for (const name of ['docs', 'search'])
      await world.ask('POST', `/v1/rotations/${name}/pause`, { reason: 'audit week' });
  };
  const WHY = ['--reason', 'a leak'];

  it('has a row each, says a warning of several once, and starts nothing', async () => {
    await pauseBoth();
    const { exit, stdout, stderr } = await run(
      'rotate',
      'search',
      'docs',
      '--dry-run',
      '--emergency',
      ...WHY,
    );
    expect([exit, firstColumn(stdout)]).toEqual([0, ['search', 'docs']]);
    expect(stdout).toMatch(/^search +ready +[0-9a-f]{8} +1$/m);
    expect(stdout.match(/audit week/g)).toHaveLength(1);
    expect(stdout).toContain('warning  search, docs: The rotation is paused: audit week');
    expect(stderr).toMatch(/\nnext: rotor rotate search docs --emergency --reason …\n$/);
    await nothingStarted();
  });

  it('shows one that is paused as what the service would answer, as alone and as for real', async () => {
    await pauseBoth();
    const { exit, stdout, stderr } = await run('rotate', 'checkout', 'docs', '--dry-run');
    expect(exit).toBe(7);
    expect(stdout).toMatch(/^checkout +ready .*\ndocs +would be refused /m);
    expect(stdout).toContain('\n\ndocs: docs is paused: audit week. End the pause first');
    expect(stderr).toBe('next: rotor resume docs\n');
    const alone = await run('rotate', 'docs', '--dry-run');
    expect(alone).toMatchObject({ exit: 7, stderr: 'next: rotor resume docs\n' });
    expect(alone.stdout).toContain('docs: would be refused: docs is paused: audit week.');
    const real = await run('rotate', 'docs');
    expect(real).toMatchObject({ exit: 7, stderr: expect.stringContaining('next: rotor resume docs\n') });
    await nothingStarted();
  });

  it('shows one whose run is under way as refused', async () => {
    await world.ask('POST', '/v1/rotations/docs/runs');
    const { exit, stdout, stderr } = await run(
      'rotate',
      'search',
      'docs',
      '--dry-run',
      '--emergency',
      ...WHY,
    );
    expect([exit, stderr]).toEqual([7, expect.stringMatching(/next: rotor status docs\n$/)]);
    expect(stdout).toMatch(/^docs +would be refused .*\n\ndocs: run_\w+ is already working on/m);
  });

  it('asks nobody for their number with --all', async () => {
    const { exit, stdout, stderr } = await run('rotate', '--all', '--dry-run');
    expect([exit, firstColumn(stdout)]).toEqual([0, ['checkout', 'docs', 'search']]);
    expect(stderr).toBe('next: rotor rotate --all\n');
    await nothingStarted();
  });

  it('says that none would be started where there are more than --max, and ends with 7', async () => {
    const { exit, stdout, stderr } = await run('rotate', '-l', 'env=prod', '--max', '1', '--dry-run');
    expect([exit, firstColumn(stdout)]).toEqual([7, ['checkout', 'search']]);
    expect(stderr).toContain('there are 2 rotations, and --max is 1');
    await nothingStarted();
  });

  it('says why one would be refused, and ends with the worst', async () => {
    changeOutside();
    const { exit, stdout, stderr } = await run('rotate', 'docs', 'nope', '--dry-run');
    expect(stdout).toMatch(/^docs +would be refused .*\nnope +not known /m);
    expect(stdout).toMatch(
      /\n\ndocs: the token that the issuer shows.* is refused.*\nnope: there is no rotation/,
    );
    expect([exit, stderr]).toEqual([2, 'next: rotor status docs\n']);
  });
});

it('a few are asked about at one time, and none any more where the service cannot be asked', async () => {
  const names = Array.from({ length: 20 }, (_, index) => `service-${index}`);
  const counted = { now: 0, most: 0, all: 0 };
  await askAboutEach(names, async () => {
    counted.now += 1;
    counted.most = Math.max(counted.most, counted.now);
    await new Promise(setImmediate);
    counted.now -= 1;
  });
  expect(counted.most).toBe(4);
  const asked = askAboutEach(names, async () => {
    counted.all += 1;
    await new Promise(setImmediate);
    throw new RotorError('server_unreachable', 'nobody answers');
  });
  await expect(asked).rejects.toMatchObject({ code: 'server_unreachable' });
  expect(counted.all).toBeLessThan(names.length);
});

it('what is not known to be bad never comes before what is', () => {
  const codes = [0, 130, 8, 4, 1, 3];
  expect(codes.toSorted((a, b) => rankOf(a) - rankOf(b))).toEqual([3, 1, 4, 8, 0, 130]);
  expect(worstOf(codes)).toBe(3);
});

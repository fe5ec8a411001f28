import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Fingerprint } from '../../src/rotation/secret.js';
import type { VersionId } from '../../src/stores/store.js';
import { claimedRun, refused } from '../contracts/journal.contract.js';
import type { FakeSettableIssuer } from '../fakes/fake-issuer.js';
import { until } from '../fakes/until.js';
import { settable, type Harness } from '../rotation/harness.js';
import { ApiWorld } from '../triggers/api-world.js';
import { rotorHere as rotor } from './in-process.js';
import { rotor as rotorAlone } from './rotor-command.js';

const SHARED = '0a1b2c3d' as Fingerprint;

let upstream: Harness<FakeSettableIssuer>;
let world: ApiWorld;
let env: Record<string, string>;

/** A run that has brought this token, and has taken no time. */
async function brought(rotation: string, fingerprint: Fingerprint): Promise<string> {
  const { run, claim } = await claimedRun(world.journal, { rotation, storeKey: rotation });
  const current = { version: `v-${rotation}` as VersionId, fingerprint };
  await world.journal.append(claim, { state: { state: 'settled', current, oldStillAccepted: false } });
  const detail = 'so it is';
  await world.journal.append(claim, { state: { state: 'ended', outcome: 'succeeded', detail, current } });
  return run.id;
}

beforeAll(async () => {
  upstream = await settable();
  await upstream.targets[0]?.deliver(upstream.issuer.inForce, new AbortController().signal);
  world = await ApiWorld.open({
    others: { docs: { env: 'staging' }, search: { env: 'prod' } },
    ports: () => upstream.ports,
  });
  // The command has the clock of this machine.
  world.clock.advance(Date.now() - world.clock.now());
  await world.journal.histories(['checkout', 'docs', 'search']);
  await brought('checkout', upstream.issuer.inForce.fingerprint);
  await brought('docs', SHARED);
  await brought('search', SHARED);
  await world.app.listen(0, '127.0.0.1');
  env = { ROTOR_ADDR: (await world.app.getUrl()).replace('[::1]', '127.0.0.1'), ROTOR_TOKEN: world.token };
});
afterAll(async () => world.close());

const run = async (...args: string[]) => rotor(args, env);

describe('rotor where', () => {
  it('shows everywhere that a token is, when that was looked at, and what it means', async () => {
    const { fingerprint } = upstream.issuer.inForce;
    const { exit, stdout } = await run('where', fingerprint);
    expect([exit, stdout.split('\n')[0]]).toEqual([0, `${fingerprint}, looked for in checkout`]);
    expect(stdout).toMatch(/^run_\w+ +brought it \(rotate, succeeded\) +\d{4}-/m);
    expect(stdout).toMatch(/^issuer +in force +\d{4}-/m);
    expect(stdout).toMatch(/^store +current: version \w+… \(fake-current\) +\d{4}-/m);
    expect(stdout).toMatch(/^APM Server +accepted on 3 of 3 fresh connections +\d{4}-/m);
    expect(stdout).toMatch(/^web +1 of 1 run with it +\d{4}-/m);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('It is in force.');
    const json = JSON.parse((await run('where', fingerprint, '-o', 'json')).stdout) as object;
    expect(json).toMatchObject({ rotation: 'checkout', meaning: 'in_force' });
  });

  it('is loud about a token that the APM Server accepts and the store does not hold, also one of no run', async () => {
    const before = upstream.issuer.inForce;
    const theirs = upstream.issuer.changeByOthers();
    const { exit, stdout } = await run('where', theirs.fingerprint, '--rotation', 'checkout');
    expect([exit, stdout]).toEqual([
      3,
      expect.stringMatching(/^!!! THE APM SERVER ACCEPTS .*\nnext: rotor verify checkout$/m),
    ]);
    // Every rotation of this world has the same upstream.
    const everywhere = await run('where', theirs.fingerprint);
    expect([everywhere.exit, everywhere.stdout.match(/ in \w+$/gm)]).toEqual([
      3,
      [' in checkout', ' in docs', ' in search'],
    ]);
    upstream.issuer.changeByOthers(before);
  });

  it('lists the rotations to choose from where several have had it', async () => {
    const { exit, stdout } = await run('where', `${SHARED}${'e'.repeat(56)}`);
    expect([exit, stdout.trimEnd().split('\n')]).toEqual([
      2,
      [
        `2 rotations have had ${SHARED}; say which:`,
        `  next: rotor where ${SHARED} --rotation docs`,
        `  next: rotor where ${SHARED} --rotation search`,
      ],
    ]);
    expect((await run('where', SHARED, '-o', 'name')).stdout).toBe('docs\nsearch\n');
  });

  it('says what was not looked at, and that nothing is proven', async () => {
    upstream.prober.down = true;
    const { exit, stdout } = await run('where', SHARED, '--rotation', 'docs');
    upstream.prober.down = false;
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^APM Server +not looked at: neither issuer nor store holds it/m);
    upstream.issuer.readable = false;
    const masked = await run('where', SHARED, '--rotation', 'docs');
    upstream.issuer.readable = true;
    expect([masked.exit, masked.stdout]).toEqual([6, expect.stringContaining('Nothing is proven')]);
  });

  it('tells of a token that nobody has had, and repeats nothing that may be a token', async () => {
    expect(await run('where', 'ffffffff')).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('no run has had ffffffff'),
    });
    const pasted = await run('where', 'a-token-pasted-by-mistake');
    expect(pasted).toMatchObject({ exit: 2, stderr: expect.stringContaining('sha256sum') });
    expect(pasted.stderr + pasted.stdout).not.toContain('pasted-by-mistake');
  });

  it('completes the fingerprints that are current', async () => {
    const { fingerprint } = upstream.issuer.inForce;
    let offered = '';
    // A person is not kept waiting for it, so that a busy machine may offer nothing.
    await until('anything is offered', async () => {
      offered = (await rotorAlone(['complete', '--', 'where', ''], env)).stdout;
      return offered.includes('\t');
    });
    expect(offered).toContain(`${fingerprint}\tcurrent in checkout`);
  });
});

describe('rotor report', () => {
  it('is evidence for people, programs and auditors', async () => {
    const year = String(new Date(world.clock.now()).getUTCFullYear());
    const { exit, stdout } = await run('report', '--period', year);
    expect(exit).toBe(0);
    expect(stdout).toContain('(UTC), not over yet');
    expect(stdout).toMatch(/^ROTATION +RUNS +TOKENS +LONGEST/m);
    expect(stdout).toMatch(/^docs +1 +1 .* 30d +never +not measured +0 +0$/m);
    expect(stdout).toMatch(/^audit log {2}3 runs, 9 entries, 0 acts of people: nothing was changed/m);
    expect(stdout).toMatch(/^ +head [0-9a-f]{64}$/m);
    const named = await run('report', '--period', year, '-l', 'env=staging', '-o', 'name');
    expect(named.stdout).toBe('docs\n');
    const page = (await run('report', '--period', year, '-o', 'markdown')).stdout;
    expect(page).toMatch(/^# Rotations of APM secret tokens\n/);
    expect(page).toMatch(/^\| docs \| 1 \| 1 succeeded \| 1 rotate \| 1 api \| 0 \|$/m);
    expect(page).toContain('"Not measured" is not zero.');
  });

  it('is refused for what is no period, or is to come', async () => {
    expect(await run('report', '--period', '2026-Q7')).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('expected a quarter (2026-Q3)'),
    });
    expect(await run('report', '--period', '2999')).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('which is to come'),
    });
  });
});

describe('rotor status --check', () => {
  it('prints one line for a monitoring system, with its exit codes', async () => {
    const all = await run('status', '--check');
    expect(all).toEqual({
      exit: 0,
      stderr: '',
      stdout: 'ROTOR OK - 3 of 3 rotations are well | ok=3;;;0;3 warning=0;;;0;3 critical=0;;;0;3\n',
    });
    const one = await run('status', 'docs', '--check');
    expect([one.exit, one.stdout]).toEqual([
      0,
      expect.stringMatching(
        /^ROTOR OK - docs is fresh: token 0a1b2c3d since .* \| age=\d+s;2592000;2592000;0\n$/,
      ),
    ]);
    await world.ask('POST', '/v1/rotations/docs/pause', { reason: 'freeze' });
    const paused = await run('status', '--check', '-l', 'env=staging');
    expect([paused.exit, paused.stdout]).toEqual([
      1,
      expect.stringMatching(/^ROTOR WARNING - .*docs paused/),
    ]);
    const { claim } = await claimedRun(world.journal, { rotation: 'search', storeKey: 'search' });
    await world.journal.append(claim, { state: refused });
    expect((await run('status', '--check')).exit).toBe(2);
  });

  it.each([
    [['nope'], 'there is no rotation "nope"'],
    [['--nope'], "unknown option '--nope'"],
    [['-o', 'json'], 'one line'],
  ])('is UNKNOWN, exit code 3, for %j, on standard output', async (flags, said) => {
    const { exit, stdout } = await run('status', '--check', ...flags);
    expect([exit, stdout]).toEqual([3, expect.stringMatching(/^ROTOR UNKNOWN - .*\n$/)]);
    expect(stdout).toContain(said);
  });

  it('is UNKNOWN where no service answers', async () => {
    const { exit, stdout } = await rotor(['status', '--check'], { ...env, ROTOR_ADDR: 'http://127.0.0.1:9' });
    expect([exit, stdout]).toEqual([3, expect.stringContaining('ROTOR UNKNOWN - no Rotor answers')]);
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Claim } from '../../src/journal/journal.js';
import { lineOf } from '../../src/cli/events.js';
import { claimedRun, refused } from '../contracts/journal.contract.js';
import { ApiWorld } from '../triggers/api-world.js';
import { ROTOR, rotor } from './rotor-command.js';

describe('rotor events', () => {
  let world: ApiWorld;
  let claim: Claim;
  let env: Record<string, string>;
  beforeEach(async () => {
    world = await ApiWorld.open({ others: { docs: { env: 'staging' } } });
    await world.app.listen(0, '127.0.0.1');
    env = { ROTOR_ADDR: await world.app.getUrl(), ROTOR_TOKEN: world.token };
    ({ claim } = await claimedRun(world.journal));
  });
  afterEach(async () => world.close());

  const longAgo = ['--since', '2000-01-01T00:00:00Z'];

  it('prints a line for each event, and a JSON object a line for programs', async () => {
    world.clock.advance(1_000);
    await world.ask('POST', '/v1/rotations/docs/pause', { reason: 'freeze' });
    world.clock.advance(1_000);
    await world.journal.append(claim, { state: refused });
    const { exit, stdout } = await rotor(['events', ...longAgo], env);
    expect(exit).toBe(0);
    expect(stdout.trim().split('\n')).toEqual([
      expect.stringMatching(/^\S+Z {2}checkout {2}run_\w+ {2}started \(rotate\) by api$/),
      expect.stringMatching(/^\S+Z {2}docs {2}paused by the owner: freeze$/),
      expect.stringMatching(/^\S+Z {2}checkout {2}run_\w+ {2}failed: no$/),
    ]);
    const jsonl = await rotor(['events', '--rotation', 'docs', '-o', 'json', ...longAgo], env);
    expect(
      jsonl.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object),
    ).toMatchObject([{ rotation: 'docs', said: { what: 'pause' } }]);
  });

  it('reads on where there is more than one page', async () => {
    for (let index = 0; index < 250; index += 1) await world.journal.append(claim, { note: `look ${index}` });
    const { stdout } = await rotor(['events', ...longAgo], env);
    expect(stdout.trim().split('\n')).toHaveLength(251);
    expect(stdout.trim().split('\n').at(-1)).toMatch(/look 249$/);
  });

  it('says that there is nothing, and refuses what is no time and no rotation', async () => {
    expect(await rotor(['events', '-l', 'env=staging', ...longAgo], env)).toMatchObject({
      exit: 0,
      stdout: '',
      stderr: expect.stringContaining('no events match --selector env=staging since 2000-01-01T00:00:00Z'),
    });
    for (const flags of [
      ['--since', 'yesterday'],
      ['--rotation', 'nope'],
    ])
      expect((await rotor(['events', ...flags], env)).exit).toBe(2);
  });

  it('follows what happens from now on', async () => {
    const child = spawn(process.execPath, [ROTOR, 'events', '-f'], {
      env: { PATH: process.env['PATH'], ...env },
    });
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    // Until the command asks there is nobody to tell; what comes then is told once.
    const first = lines.next();
    let notes = 0;
    const noting = setInterval(() => void world.journal.append(claim, { note: `look ${(notes += 1)}` }), 100);
    const { value } = await first;
    clearInterval(noting);
    expect(String(value)).toMatch(/checkout {2}run_\w+ {2}look \d+$/);
    await world.journal.append(claim, { state: refused });
    let last = String(value);
    while (!last.endsWith('failed: no')) last = String((await lines.next()).value);
    child.kill('SIGINT');
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    expect([code, signal]).toEqual([null, 'SIGINT']);
  });
});

const at = '2026-12-01T03:00:00.000Z';
const of = { at, rotation: 'checkout', run: 'run_1', seq: 2 };

it.each([
  [{ state: 'resetting' as const, note: 'a reset\nis sent' }, 'resetting; a reset is sent'],
  [
    { state: 'settled' as const, stalled: { reason: 'store_denied', detail: 'no right' } },
    'stalled (store denied): no right',
  ],
  [
    { asked: { what: 'reset_again' as const, target: null, reason: 'lost', by: 'ada' } },
    'asked to reset again by ada: lost',
  ],
  [
    { asked: { what: 'skip' as const, target: 'web', reason: 'retired', by: 'ada' } },
    'asked to skip web by ada: retired',
  ],
  [{ asked: null }, 'what was asked is answered'],
  [{ held: { reason: 'web failed', by: null } }, 'deliveries are paused: web failed'],
  [{ held: null }, 'deliveries go on'],
  [
    { deliveries: [1, 2, 3, 4, 5, 6].map((n) => ({ target: `t${n}`, state: 'needs_release' as const })) },
    't1 needs release, t2 needs release, t3 needs release, t4 needs release, t5 needs release, and 1 more',
  ],
  [{}, 'noted'],
])('an event that says %j is told as: %s', (said, words) => {
  expect(lineOf({ ...of, ...said })).toBe(`${at}  checkout  run_1  ${words}`);
});

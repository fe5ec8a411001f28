import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lookBeforehand } from '../../src/beforehand.js';
import type { Greet } from '../../src/rotation/checkup.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import { startPostgres, type Postgres } from '../journal/postgres.js';
import { rotorHere } from './in-process.js';

const UPSTREAM = 'https://api.elastic-cloud.com';
const signal = new AbortController().signal;

describe('rotor doctor --pre', () => {
  const clock = new VirtualClock();
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rotor-pre-'));
  });
  afterEach(async () => rm(folder, { recursive: true }));

  const look = async (stateDir: string, aheadMs = 0) => {
    const greet: Greet = async () => new Date(clock.now() + aheadMs);
    const found = await lookBeforehand({ env: {}, stateDir, upstreams: [UPSTREAM], greet, clock }, signal);
    return found.map(({ check, state }) => `${state} ${check}`);
  };

  it('looks at the machine and what is around it, and makes nothing', async () => {
    expect(await look(join(folder, 'a', 'b'))).toEqual([
      'ok Node',
      'ok state dir',
      'ok upstream',
      'ok clock',
    ]);
    expect(await readdir(folder)).toEqual([]);
  });

  it('fails where the state directory cannot be one, or the clock is too far from that of an upstream', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    expect(await look(join(file, 'state'), 10 * 60_000)).toEqual([
      'ok Node',
      'fail state dir',
      'ok upstream',
      'fail clock',
    ]);
  });

  it('fails, and goes on, where the user of Rotor may not even look at the state directory', async () => {
    await mkdir(join(folder, 'closed'), { mode: 0 });
    // Root may look everywhere.
    const isRoot = process.getuid?.() === 0;
    if (isRoot) process.seteuid?.('nobody');
    try {
      expect(await look(join(folder, 'closed', 'state'))).toEqual([
        'ok Node',
        'fail state dir',
        'ok upstream',
        'ok clock',
      ]);
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });

  it('needs no config and no key, and says with exit code 3 who cannot be reached', async () => {
    const env = { HOME: folder, ROTOR_CONFIG: join(folder, 'none'), ROTOR_TOKEN_FILE: join(folder, 'none') };
    const flags = ['doctor', '--pre', '--state-dir', folder, '--upstream', 'https://127.0.0.1:1'];
    const { exit, stdout } = await rotorHere(flags, env);
    expect([exit, stdout]).toEqual([
      3,
      expect.stringMatching(/^ok +state dir .*\nfail +upstream +.*127\.0\.0\.1:1/m),
    ]);
    for (const wrong of [
      ['doctor', '--upstream', UPSTREAM],
      ['doctor', '--pre', '--upstream', 'http://kibana'],
    ])
      expect(await rotorHere(wrong, env)).toMatchObject({ exit: 2 });
  });
});

(startPostgres ? describe : describe.skip)('rotor doctor --pre, of PostgreSQL,', () => {
  let server: Postgres;
  beforeAll(async () => {
    if (startPostgres) server = await startPostgres({ isDurable: false });
  });
  afterAll(async () => server.stop());

  it('says whether it answers and what is due, and makes no table', async () => {
    const url = (await server.database()).reveal();
    const away = new URL(url);
    away.port = '1';
    const checked = async (asked: string) => {
      const env = { DATABASE_URL: asked };
      const greet: Greet = async () => undefined;
      const all = { env, stateDir: tmpdir(), upstreams: [], greet, clock: new VirtualClock() };
      const found = await lookBeforehand(all, signal);
      return found.find(({ check }) => check === 'PostgreSQL');
    };
    const due = { state: 'warn', detail: 'It answers, and has no tables yet.' };
    expect(await checked(url)).toMatchObject(due);
    expect(await checked(url)).toMatchObject(due);
    await rotorHere(['migrate'], { DATABASE_URL: url });
    expect(await checked(url)).toMatchObject({ state: 'ok' });
    expect(await checked(away.href)).toMatchObject({
      state: 'fail',
      detail: expect.stringContaining('PostgreSQL cannot be reached'),
    });
  });
});

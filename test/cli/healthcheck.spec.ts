import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { RotorError } from '../../src/rotation/errors.js';
import { WaitingRoom } from '../../src/triggers/waiting-room.js';
import { ApiWorld } from '../triggers/api-world.js';
import { rotorHere, type Said } from './in-process.js';

describe('rotor healthcheck', () => {
  let world: ApiWorld;
  let room: WaitingRoom;
  let folder: string;
  let listen: string;

  beforeAll(async () => {
    world = await ApiWorld.open();
    await world.app.listen(0, '127.0.0.1');
    listen = new URL(await world.app.getUrl()).host;
    const why = new RotorError('journal_unavailable', 'the disk is full');
    room = await WaitingRoom.open({ host: '127.0.0.1', port: 0 }, why);
    folder = await mkdtemp(join(tmpdir(), 'rotor-healthcheck-'));
  });
  afterAll(async () => {
    await world.close();
    await room.close();
    await rm(folder, { recursive: true });
  });

  /** Without any token, and away from whatever config this machine has. */
  const check = async (env: Record<string, string>, ...flags: string[]): Promise<Said> =>
    rotorHere(['healthcheck', ...flags], { HOME: folder, ROTOR_CONFIG: join(folder, 'none'), ...env });

  it('is 0 where the service that listens here is ready, which it finds by variable or config, and needs no token', async () => {
    const config = join(folder, 'rotor.yaml');
    await writeFile(config, `server: { listen: '${listen}' }\n`);
    const port = listen.split(':')[1] ?? '';
    const ways = [
      { ROTOR_LISTEN: `0.0.0.0:${port}` },
      { ROTOR_CONFIG: config },
      { ROTOR_ADDR: `http://${listen}` },
    ];
    for (const env of ways)
      expect(await check(env as Record<string, string>)).toEqual({
        exit: 0,
        stdout: `http://${listen}/readyz: ok\n`,
        stderr: '',
      });
    expect((await check({}, '--config', config, '--live')).stdout).toBe(`http://${listen}/livez: ok\n`);
  });

  it('asks nobody on another machine, to which ROTOR_ADDR may lead the other commands', async () => {
    const { port } = new URL(`http://${listen}`);
    const env = { ROTOR_LISTEN: `0.0.0.0:${port}`, ROTOR_ADDR: 'https://rotor.example.com' };
    expect((await check(env)).stdout).toBe(`http://${listen}/readyz: ok\n`);
    const dead = { ROTOR_LISTEN: '127.0.0.1:9', ROTOR_ADDR: `http://${hostname()}:${port}` };
    expect(await check(dead)).toMatchObject({ exit: 1, stdout: expect.stringContaining('127.0.0.1:9') });
    const here = { ROTOR_LISTEN: '127.0.0.1:9', ROTOR_ADDR: `http://localhost:${port}` };
    expect((await check(here)).exit).toBe(0);
  });

  it('does not even look for an API token, nor does what makes a machine ready', async () => {
    const env = { ROTOR_LISTEN: listen, ROTOR_TOKEN_FILE: '/nowhere/token' };
    expect((await check(env)).stdout).toBe(`http://${listen}/readyz: ok\n`);
    const state = join(folder, 'state');
    const due = await rotorHere(['migrate', '--check', '--state-dir', state], { HOME: folder, ...env });
    expect([due.exit, due.stderr]).toEqual([3, '']);
  });

  it('is 1 with the reason while the service waits for its journal, which is alive all the same', async () => {
    const { host, port } = room.address;
    const env = { ROTOR_LISTEN: `${host}:${port}` };
    expect(await check(env)).toEqual({
      exit: 1,
      stdout: `http://${host}:${port}/readyz answers 503: the disk is full.\n`,
      stderr: '',
    });
    expect(await check(env, '--live')).toMatchObject({ exit: 0 });
  });

  it.each([
    [
      'nobody listens',
      { ROTOR_LISTEN: '127.0.0.1:9' },
      /^no Rotor answers at http:\/\/127\.0\.0\.1:9: .*\.\n$/,
    ],
    [
      'a variable is wrong',
      { ROTOR_LISTEN: 'nowhere' },
      /^the environment has an error: ROTOR_LISTEN: .*\.\n$/,
    ],
  ])('is 1 with one sentence where %s', async (_when, env, sentence) => {
    expect(await check(env as Record<string, string>)).toEqual({
      exit: 1,
      stdout: expect.stringMatching(sentence),
      stderr: '',
    });
  });
});

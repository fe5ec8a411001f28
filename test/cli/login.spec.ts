import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { login } from '../../src/cli/login.js';
import { ApiWorld } from '../triggers/api-world.js';
import { rotorHere } from './in-process.js';

describe('rotor login', () => {
  let world: ApiWorld;
  let address: string;
  let home: string;
  const before = process.env['XDG_CONFIG_HOME'];

  beforeAll(async () => {
    world = await ApiWorld.open();
    await world.app.listen(0, '127.0.0.1');
    address = (await world.app.getUrl()).replace('[::1]', '127.0.0.1');
  });
  afterAll(async () => world.close());
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'rotor-login-'));
    process.env['XDG_CONFIG_HOME'] = home;
    jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    if (before === undefined) delete process.env['XDG_CONFIG_HOME'];
    else process.env['XDG_CONFIG_HOME'] = before;
    await rm(home, { recursive: true });
  });

  it('keeps a token that the service knows for this user alone, and talks to that service from then on', async () => {
    const token = await world.tokenWith(['read']);
    expect(await login(address, { name: 'here' }, async () => `${token}\n`)).toBe(0);
    const file = join(home, 'rotor', 'tokens', 'here');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(home, 'rotor', 'tokens'))).mode & 0o777).toBe(0o700);
    const contexts = await readFile(join(home, 'rotor', 'contexts.yaml'), 'utf8');
    expect(contexts).toContain('current: here');
    expect(contexts).not.toContain(token);
    expect((await rotorHere(['status', '-o', 'name'], { XDG_CONFIG_HOME: home })).stdout).toBe('checkout\n');
  });

  it('takes a token that may do something else than read', async () => {
    const token = await world.tokenWith(['metrics']);
    expect(await login(address, {}, async () => token)).toBe(0);
    const [name = ''] = await readdir(join(home, 'rotor', 'tokens'));
    expect(name).toMatch(/^127\.0\.0\.1-\d+$/);
  });

  it('keeps services of one host apart by their paths, and says which context it replaces', async () => {
    const forward = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const answer = await fetch(`${address}${(request.url ?? '').replace(/^\/(one|two)/, '')}`, {
        headers: { authorization: request.headers.authorization ?? '', connection: 'close' },
      });
      response.writeHead(answer.status, { 'content-type': 'application/json', connection: 'close' });
      response.end(await answer.text());
    };
    const proxy = createServer((request, response) => void forward(request, response));
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    try {
      const { port } = proxy.address() as AddressInfo;
      const written = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
      const notes = (): string => written.mock.calls.flat().join('');
      const token = await world.tokenWith(['read']);
      for (const path of ['/one', '/two'])
        expect(await login(`http://127.0.0.1:${port}${path}`, {}, async () => token)).toBe(0);
      expect(await readdir(join(home, 'rotor', 'tokens'))).toEqual(
        ['one', 'two'].map((path) => `127.0.0.1-${port}-${path}`),
      );
      expect(notes()).not.toContain('replaces');
      await login(address, { name: `127.0.0.1-${port}-one` }, async () => token);
      expect(notes()).toContain(
        `it replaces the context 127.0.0.1-${port}-one of http://127.0.0.1:${port}/one`,
      );
    } finally {
      proxy.close();
      await once(proxy, 'close');
    }
  });

  it.each([
    ['is not known', () => 'rot_wrong', {}, 'unauthenticated'],
    ['is none', () => ' \n', {}, 'request_invalid'],
    ['could not be sent', () => 'zwei Wörter', {}, 'request_invalid'],
    ['would get another file than its own', () => 'rot_x', { name: '../x' }, 'request_invalid'],
  ])('writes nothing where the token %s', async (_what, given, options, code) => {
    await expect(login(address, options, async () => given())).rejects.toMatchObject({ code });
    expect(await readdir(home)).toEqual([]);
  });

  it('asks for no token that would go to another machine in clear', async () => {
    const asked = jest.fn(async () => 'rot_x');
    const elsewhere = login('http://rotor.example.com', {}, asked);
    await expect(elsewhere).rejects.toMatchObject({ code: 'insecure_endpoint' });
    expect(asked).not.toHaveBeenCalled();
  });
});

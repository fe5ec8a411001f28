import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client } from '../../src/cli/client.js';
import { unreachable } from '../../src/cli/unreachable.js';
import { Secret } from '../../src/rotation/secret.js';
import { rotorHere } from './in-process.js';

let server: Server;
let port: number;
let asked: string[];
let answer: RequestListener;

beforeEach(async () => {
  asked = [];
  answer = (_request, response) => response.end('{}');
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.setHeader('connection', 'close');
    answer(request, response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  ({ port } = server.address() as AddressInfo);
});
afterEach(async () => {
  if (!server.listening) return;
  server.close();
  await once(server, 'close');
});

describe('a service that cannot be reached', () => {
  const status = async (address: string) =>
    rotorHere(['status'], { ROTOR_ADDR: address, ROTOR_TOKEN: 'rot_of_a_test' });

  it('is told from one that speaks no TLS', async () => {
    const { exit, stderr } = await status(`https://127.0.0.1:${port}`);
    expect(exit).toBe(6);
    expect(stderr).toMatch(/speaks no TLS .*\(ERR_SSL_\w+\)/);
    expect(stderr).toContain('begins with http://');
    expect(stderr).not.toContain('rotor serve');
  });

  it('is told to be started where the connection is refused', async () => {
    server.close();
    await once(server, 'close');
    const { exit, stderr } = await status(`http://127.0.0.1:${port}`);
    expect(exit).toBe(6);
    expect(stderr).toMatch(
      /the connection was refused \(ECONNREFUSED\)\.\nhint: Start it with `rotor serve`/,
    );
    expect(stderr).toContain('next: rotor serve, or rotor context list');
  });

  it('is told from one that breaks the connection', async () => {
    answer = (request) => request.socket.destroy();
    const { stderr } = await status(`http://127.0.0.1:${port}`);
    expect(stderr).toContain('the connection broke before an answer came (UND_ERR_SOCKET)');
  });

  it('is told from one that points elsewhere', async () => {
    answer = (_request, response) => response.writeHead(302, { location: 'https://sso.example' }).end();
    const { stderr } = await status(`http://127.0.0.1:${port}`);
    expect(stderr).toContain('it answers with a redirect, which is not followed');
  });

  it.each([
    ['ENOTFOUND', 'there is no address for the name of the host'],
    ['EAI_AGAIN', 'the name of the host could not be looked up'],
    ['UND_ERR_CONNECT_TIMEOUT', 'no connection in time'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'its certificate was not trusted'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'its certificate was not trusted'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'its certificate was not trusted'],
    ['EHOSTUNREACH', 'there is no way to that host'],
  ])('is told with the reason %s', (code, why) => {
    const failure = new TypeError('fetch failed', { cause: Object.assign(new Error('of a test'), { code }) });
    const { message, hint } = unreachable('https://rotor.example', failure);
    expect(message).toBe(`no Rotor answers at https://rotor.example: ${why} (${code})`);
    expect(hint).not.toContain('rotor serve');
  });
});

describe('a service below a path of its own', () => {
  it.each(['/rotor', '/rotor/'])(
    'is asked below %s alone, also for the pages that it points to',
    async (path) => {
      answer = ({ url }, response) =>
        response.end(
          JSON.stringify({ rotations: [], next: url?.includes('cursor') ? null : '/v1/rotations?cursor=x' }),
        );
      await new Client(`http://127.0.0.1:${port}${path}`, new Secret('rot_of_a_test')).rotations();
      expect(asked).toEqual(['/rotor/v1/rotations?limit=200', '/rotor/v1/rotations?cursor=x']);
    },
  );
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addressAt } from '../../src/cli/nearby.js';
import { ROTOR, rotor } from './rotor-command.js';

const TOKEN = `rot_${'a'.repeat(40)}`;
let folder: string;
let service: Server;
let port: number;
const asked: (string | undefined)[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rotor-here-'));
  service = createServer((request, response) => {
    asked.push(request.headers.authorization);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ rotations: [], next: null }));
  });
  await once(service.listen(0, '127.0.0.1'), 'listening');
  port = (service.address() as AddressInfo).port;
  mkdirSync(join(folder, 'state'));
  writeFileSync(join(folder, 'state', 'api-token'), TOKEN);
  writeFileSync(
    join(folder, 'rotor.yaml'),
    `version: 1
cloud: { apiKey: '\${env:EC_API_KEY}' }
server: { listen: 127.0.0.1:${port} }
stateDir: ./state
rotations:
  - name: checkout
    select: { deployment: checkout-prod }
    store: { type: aws-secrets-manager, secretId: prod/apm/checkout, region: eu-central-1 }
    targets: []
`,
  );
  writeFileSync(join(folder, 'wrong.yaml'), 'version: 1\nrotations: 7\n');
});
afterAll(() => {
  service.close();
  rmSync(folder, { recursive: true });
});

const here = async (flags: readonly string[], env: Record<string, string> = {}) =>
  rotor(flags, { HOME: folder, EC_API_KEY: 'x', ...env }, { cwd: folder });

describe('every failure ends with the next command', () => {
  it.each([
    [['nope'], 'rotor --help'],
    [['status', '--nope'], 'rotor status --help'],
    [['rotate'], 'rotor rotate --help'],
    [['demo', '--fault', 'nope'], 'rotor demo --help'],
    [['validate', '--config', '/nowhere.yaml'], 'rotor init --config /nowhere.yaml'],
    [['serve', '--config', '/nowhere.yaml'], 'rotor init --config /nowhere.yaml'],
    [['doctor', '--config', '/'], 'rotor doctor --config /, once that is mended'],
    [['validate', '--config', 'wrong.yaml'], 'rotor schema'],
    [['serve', '--config', 'wrong.yaml'], 'rotor validate --config wrong.yaml'],
    [['serve'], 'rotor doctor', { EC_API_KEY: '', EC_API_KEY_FILE: '/nowhere' }],
    [['doctor'], 'rotor doctor, once that is mended', { EC_API_KEY: '', EC_API_KEY_FILE: '/nowhere' }],
    [['rotate', 'checkout'], 'rotor serve, or rotor context list', { ROTOR_ADDR: 'http://127.0.0.1:9' }],
    [['context', 'use', 'nope'], 'rotor context list'],
  ])('%j', async (flags, next, env: Record<string, string> = {}) => {
    const { exit, stderr } = await here(flags, env);
    expect(exit).toBeGreaterThan(0);
    expect(stderr.trimEnd().split('\n').at(-1)).toBe(`next: ${next}`);
  });

  it('validate does not send its reader to itself', async () => {
    const { stderr } = await here(['validate', '--config', 'wrong.yaml']);
    expect(stderr).toContain('code: config_invalid (rotor explain config_invalid)\n');
    expect(stderr).toMatch(/\nhint: Correct the file; rotor validate checks it again/);
  });

  it('nobody is told to correct a file that is not there', async () => {
    const { stderr } = await here(['validate', '--config', '/nowhere.yaml']);
    expect(stderr).not.toContain('Correct the file');
  });

  it('also as JSON', async () => {
    const { stdout } = await here(['status', '--json'], { ROTOR_ADDR: 'http://127.0.0.1:9' });
    expect(JSON.parse(stdout)).toMatchObject({ next: 'rotor serve, or rotor context list' });
  });
});

describe('a reader that has seen enough', () => {
  it.each([[['--help']], [['schema']], [['status', '--json']]])('ends %j quietly', async (flags) => {
    const env = { PATH: process.env['PATH'], HOME: folder };
    const child = spawn(process.execPath, [ROTOR, ...flags], { cwd: folder, env });
    child.stdout.destroy();
    const [said] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    expect({ said, exit: child.exitCode }).toEqual({ said: '', exit: 0 });
  });
});

describe('in the folder of a service', () => {
  it('its address and its token are found by the config file that it was started with', async () => {
    asked.length = 0;
    expect(await here(['status'])).toMatchObject({ exit: 0 });
    expect(asked).toEqual([`Bearer ${TOKEN}`]);
  });

  it('the environment wins over the file', async () => {
    const elsewhere = await here(['status'], { ROTOR_LISTEN: '127.0.0.1:9' });
    expect(elsewhere.stderr).toContain('no Rotor answers at http://127.0.0.1:9');
    const without = await here(['status'], { ROTOR_STATE_DIR: '/nowhere' });
    expect(without.stderr).toContain('/nowhere/api-token');
  });

  it.each([
    ['0.0.0.0:8080', 'http://127.0.0.1:8080'],
    ['[::]:8080', 'http://[::1]:8080'],
    ['localhost:80', 'http://localhost:80'],
    ['127.0.0.1:0', undefined],
    ['nonsense', undefined],
  ])('what listens on %s is reached at %s', (listen, address) => {
    expect(addressAt(listen)).toBe(address);
  });

  it('a port that is taken leaves no state directory behind', async () => {
    const fresh = join(folder, 'fresh');
    const { exit, stderr } = await here(['serve', '--state-dir', fresh]);
    expect(exit).toBe(2);
    expect(stderr).toContain(`127.0.0.1:${port} cannot be listened on (EADDRINUSE)`);
    expect(existsSync(fresh)).toBe(false);
  });

  it('an address that this machine does not have is not taken for a second Rotor', async () => {
    // https://www.rfc-editor.org/rfc/rfc5737: for documentation alone.
    const { exit, stderr } = await here(['serve', '--listen', '192.0.2.1:8080']);
    expect(exit).toBe(2);
    expect(stderr).toMatch(
      /192\.0\.2\.1:8080 cannot be listened on \(EADDRNOTAVAIL\)\.\nhint: This machine has no/,
    );
    expect(stderr).not.toContain('another Rotor');
  });

  it('validate warns of what serve would warn of', async () => {
    const { exit, stderr } = await here(['validate'], { ROTOR_LISTEN: '0.0.0.0:8080' });
    expect(exit).toBe(0);
    expect(stderr).toContain('warning: the API listens on 0.0.0.0 without TLS');
    expect(stderr).toContain('warning: nobody will hear about failures');
    const { stdout } = await here(['validate', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      warnings: [
        expect.stringMatching(
          /^checkout brings a new token to the store and no further, since its targets are empty/,
        ),
        expect.stringContaining('nobody will hear'),
      ],
    });
  });
});

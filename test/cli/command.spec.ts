import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rotor } from './rotor-command.js';

const OLDEST = 24;

/** The Node that npm itself runs on, where that is an older one. */
function olderNode(): string | undefined {
  const node = process.env['npm_node_execpath'];
  if (node === undefined) return undefined;
  const major = Number(
    execFileSync(node, ['-p', 'process.versions.node.split(".")[0]'], { env: {} }).toString(),
  );
  return major < OLDEST ? node : undefined;
}

describe('the rotor command', () => {
  it('explains itself', async () => {
    const { exit, stdout } = await rotor(['--help']);
    expect(exit).toBe(0);
    for (const command of ['serve', 'demo', 'sandbox', 'validate', 'adopt', 'rotate', 'status'])
      expect(stdout).toContain(command);
  });

  it.each([
    [['nope']],
    [['help', 'nope']],
    [['demo', '--issuer', 'nope']],
    [['demo', '--issuer', 'elastic-cloud', '--fault', 'fleet-html']],
    [['rotate']],
    [['status', '--nope']],
    [['demo', '--fault', 'nope']],
    [['demo', '--seed', 'x']],
    [['sandbox', '--seed', 'x']],
  ])('refuses %j with exit code 2 and a sentence', async (flags) => {
    const { exit, stdout, stderr } = await rotor(flags);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr).not.toContain('    at ');
    expect(stderr.length).toBeGreaterThan(10);
  });

  it('tells its version, and explains one command', async () => {
    expect((await rotor(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+/);
    expect((await rotor(['help', 'rotate'])).stdout).toContain('--watch');
  });

  it.each([
    [[], 0, 'nothing was changed'],
    [[{ run: 'run_1', seq: 3, what: 'the entry was removed' }], 1, 'run_1, entry 3: the entry was removed.'],
  ])('audit verify tells of %j with exit code %i', async (faults, code, said) => {
    const service = createServer((_request, response) => {
      response.setHeader('content-type', 'application/x-ndjson');
      response.end(`${JSON.stringify({ report: { runs: 2, entries: 9, head: 'ab', faults } })}\n`);
    });
    await once(service.listen(0, '127.0.0.1'), 'listening');
    const { port } = service.address() as AddressInfo;
    const env = { ROTOR_ADDR: `http://127.0.0.1:${port}`, ROTOR_TOKEN: 'rot_none' };
    const { exit, stdout } = await rotor(['audit', 'verify'], env);
    service.close();
    expect({ exit, stdout }).toEqual({ exit: code, stdout: expect.stringContaining(said) });
  });

  it('audit verify says of a log that does not hold together what to keep, whom to tell and where to read on', async () => {
    const faults = [{ run: 'run_1', seq: 3, what: 'the entry was removed' }];
    const service = createServer((_request, response) => {
      response.setHeader('content-type', 'application/x-ndjson');
      response.end(`${JSON.stringify({ report: { runs: 2, entries: 9, head: 'ab', faults } })}\n`);
    });
    await once(service.listen(0, '127.0.0.1'), 'listening');
    const { port } = service.address() as AddressInfo;
    const env = { ROTOR_ADDR: `http://127.0.0.1:${port}`, ROTOR_TOKEN: 'rot_none' };
    const { stdout } = await rotor(['audit', 'verify'], env);
    const asJson = await rotor(['audit', 'verify', '--json'], env);
    service.close();
    const [, next = ''] = /^next: (.*)$/m.exec(stdout) ?? [];
    for (const word of ['rotor backup FILE', 'the last backup', 'answers for security', 'docs/operations.md'])
      expect(next).toContain(word);
    expect(JSON.parse(asJson.stdout)).toMatchObject({ faults, next });
    const [heading] = /"(.*)"/.exec(next)?.slice(1) ?? [];
    expect(readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8')).toContain(
      `\n## ${heading}\n`,
    );
  });

  it.each([
    [['status', '--json'], 6, 'server_unreachable'],
    [['rotate', 'checkout', '--json'], 6, 'server_unreachable'],
    [['demo', '--json', '--fault', 'nope'], 2, 'request_invalid'],
    [['validate', '--json', '--config', '/nowhere.yaml'], 2, 'config_invalid'],
  ])('prints a failure of %j as one JSON object, with the same exit code', async (flags, code, name) => {
    const env = { ROTOR_ADDR: 'http://127.0.0.1:9', ROTOR_TOKEN: 'rot_none' };
    const { exit, stdout, stderr } = await rotor(flags, env);
    expect({ exit, stderr }).toEqual({ exit: code, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ code: name, type: `/problems/${name.replaceAll('_', '-')}` });
  });

  it('lists what can be broken on purpose', async () => {
    const { exit, stdout } = await rotor(['demo', '--fault', 'list']);
    expect(exit).toBe(0);
    expect(stdout).toContain('lost-reply');
  });

  it('says with exit code 6 that no service answers, and what to do', async () => {
    const env = { ROTOR_ADDR: 'http://127.0.0.1:9', ROTOR_TOKEN: 'rot_none' };
    const { exit, stderr } = await rotor(['status'], env);
    expect(exit).toBe(6);
    expect(stderr).toMatch(/no Rotor answers at http:\/\/127\.0\.0\.1:9.*\nhint: .*rotor serve/);
  });

  it('sends its API token to no other host without TLS', async () => {
    const env = { ROTOR_ADDR: 'http://rotor.example.test:8080', ROTOR_TOKEN: 'rot_none' };
    const { exit, stderr } = await rotor(['status'], env);
    expect(exit).toBe(2);
    expect(stderr).toMatch(/the API token would go there in clear.*\nhint: Give an https address/);
  });

  it('says with exit code 5 that it has no API token, and where it looked', async () => {
    const { exit, stderr } = await rotor(['status'], { ROTOR_STATE_DIR: '/nowhere' });
    expect(exit).toBe(5);
    expect(stderr).toContain('/nowhere/api-token');
  });

  it('validates a config, and names every mistake with its line and exit code 2', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rotor-cli-'));
    const file = join(folder, 'rotor.yaml');
    writeFileSync(file, 'version: 1\ncloud: { apiKey: pasted-by-mistake }\nrotations: []\n');
    const bad = await rotor(['validate', '--config', file]);
    expect(bad.exit).toBe(2);
    expect(bad.stderr).toContain('rotor.yaml:2:');
    expect(bad.stderr).toContain('rotor.yaml:3:');
    expect(bad.stderr).not.toContain('pasted-by-mistake');
    const { stdout } = await rotor(['validate', '--json', '--config', file]);
    expect(JSON.parse(stdout)).toMatchObject({
      valid: false,
      findings: [
        { line: 2, path: 'cloud.apiKey' },
        { line: 3, path: 'rotations' },
      ],
    });
    expect(stdout).not.toContain('pasted-by-mistake');
    rmSync(folder, { recursive: true });
  });

  const older = olderNode();
  if (older === undefined)
    console.warn('SKIPPED: npm runs on no older Node here, so its sentence is not tried');
  (older === undefined ? it.skip : it)('says one sentence under a Node that is too old', async () => {
    const { exit, stdout, stderr } = await rotor(['--help'], {}, older === undefined ? {} : { node: older });
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr).toMatch(
      /^rotor needs Node 24\.15 or a newer 24, and was started with \d+\.\d+\.\d+: .*\n$/,
    );
  });
});

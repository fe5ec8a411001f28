import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROTOR, rotor } from './rotor-command.js';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rotor-validate-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function config(cloud: string): string {
  const file = join(folder, 'rotor.yaml');
  writeFileSync(
    file,
    `version: 1
cloud: ${cloud}
rotations:
  - name: checkout
    select: { deployment: checkout-prod }
    store: { type: aws-secrets-manager, secretId: prod/apm/checkout, region: eu-central-1 }
    targets:
      - { type: file, path: ${folder}/apm-token }
`,
  );
  return file;
}

describe('rotor validate', () => {
  it('warns of a secret that is not on this machine, and finds the config valid', async () => {
    const secret = join(folder, 'api-key');
    const file = config(`{ apiKey: '\${file:${secret}}' }`);
    const missing = await rotor(['validate', '--config', file]);
    expect(missing).toMatchObject({ exit: 0, stdout: expect.stringContaining('is valid') });
    const sentence = `on this machine the file ${secret} of \${file:${secret}} cannot be read (ENOENT): Rotor does not start where that is so`;
    expect(missing.stderr).toContain(`warning: ${sentence}\n`);
    const { stdout } = await rotor(['validate', '--json', '--config', file]);
    expect(JSON.parse(stdout)).toMatchObject({ valid: true, warnings: expect.arrayContaining([sentence]) });
    writeFileSync(secret, 'a-key', { mode: 0o600 });
    expect((await rotor(['validate', '--config', file])).stderr).not.toContain(secret);
  });

  it('warns of a secret whose variable is not set here', async () => {
    const file = config("{ apiKey: '${env:EC_API_KEY}' }");
    expect((await rotor(['validate', '--config', file])).stderr).toContain(
      'warning: on this machine the environment variable EC_API_KEY is not set, and neither is EC_API_KEY_FILE: Rotor does not start where that is so\n',
    );
    expect((await rotor(['validate', '--config', file], { EC_API_KEY: 'x' })).stderr).not.toContain(
      'EC_API_KEY',
    );
  });

  it('says whom it waits for, while it waits', async () => {
    const silent = createServer(() => undefined);
    await once(silent.listen(0, '127.0.0.1'), 'listening');
    const { port } = silent.address() as AddressInfo;
    const file = config(`{ endpoint: 'https://127.0.0.1:${port}', apiKey: '\${env:EC_API_KEY}' }`);
    const env = { PATH: process.env['PATH'], EC_API_KEY: 'x' };
    const child = spawn(process.execPath, [ROTOR, 'validate', '--online', '--config', file], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const ended = once(child, 'close');
    const [said] = (await once(child.stderr, 'data')) as [Buffer];
    expect(child.exitCode).toBeNull();
    expect(String(said)).toContain(
      `checkout: waiting for 127.0.0.1:${port}, the store, one target and the APM Server; one that does not answer is asked again for half a minute\n`,
    );
    child.kill();
    await ended;
    silent.close();
  });
});

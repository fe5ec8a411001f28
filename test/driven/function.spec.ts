import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fingerprintOf } from '../../src/rotation/secret.js';
import { REGION } from '../sandbox/secrets-manager-world.js';
import { ORDER } from './driver.js';
import { DrivenWorld, type DrivenSecret } from './world.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BUILD = ['--import', 'tsx', 'deploy/aws-rotation-function/build.ts'];
/** As Lambda does: the module is loaded in a process of its own, and its handler called. */
const RUNTIME = `
  const [, url, event] = process.argv;
  const { handler } = await import(url);
  await handler(JSON.parse(event), { getRemainingTimeInMillis: () => 60_000 }).then(
    () => console.log('answered'),
    (error) => console.log(error.name + ': ' + error.message),
  );
`;
const run = promisify(execFile);

describe('the rotation function, as Lambda runs it', () => {
  let folder: string;
  let built: string;
  let world: DrivenWorld;
  let secret: DrivenSecret;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rotor-function-'));
    built = (await run(process.execPath, [...BUILD, folder], { env: {}, cwd: ROOT })).stdout;
    world = await DrivenWorld.start('elastic-cloud');
    secret = world.secret();
    await writeFile(join(folder, 'ca.pem'), world.sandbox.caPem);
    await writeFile(join(folder, 'rotor.yaml'), config());
  });

  afterAll(async () => {
    await world.close();
    await rm(folder, { recursive: true });
  });

  async function invoke(event: object): Promise<string> {
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = process.env;
    const env = { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION: REGION };
    const args = ['--input-type=module', '-e', RUNTIME, join(folder, 'index.mjs'), JSON.stringify(event)];
    const options = { cwd: folder, env: { ...env, EC_API_KEY: world.sandbox.cloud.apiKey } };
    return (await run(process.execPath, args, options)).stdout;
  }

  it('is one file, whose size is told', () => {
    expect(built).toMatch(/index\.mjs: \d+ kB, \d+ kB compressed/);
  });

  it('rotates the secret that AWS names by its ARN, and logs no token', async () => {
    const ClientRequestToken = await secret.rotate();
    const said: string[] = [];
    // AWS takes 36 characters or more: what it refuses was sent on.
    const short = { Step: 'createSecret', SecretId: secret.name, ClientRequestToken, RotationToken: 'short' };
    expect(await invoke(short)).toMatch(/^store_refused: /m);
    for (const Step of ORDER)
      said.push(await invoke({ Step, SecretId: secret.view.arn, ClientRequestToken }));
    expect(said).toEqual(ORDER.map(() => expect.stringMatching(/^answered$/m)));
    expect(secret.view.labels()).toMatchObject({ AWSCURRENT: ClientRequestToken });
    expect(secret.view.current()).toBe(world.deployment.currentToken());
    const log = said.join('');
    for (const { text = '' } of secret.view.versions()) expect(log).not.toContain(text);
    expect(log).toContain(fingerprintOf(world.deployment.currentToken()));
  });

  it('tells in its error what is to be done', async () => {
    const event = { Step: 'createSecret', SecretId: 'another', ClientRequestToken: '0'.repeat(32) };
    expect(await invoke(event)).toContain(
      'not_found: AWS calls to rotate another, and no rotation with `drivenBy: aws` has that secret: the config has checkout.',
    );
    expect(await invoke({ Records: [] })).toContain('request_invalid: this is no call of a rotation: Step: ');
  });

  function config(): string {
    const tls = `tls: { caFile: ${join(folder, 'ca.pem')} }`;
    const {
      name,
      world: { secrets },
    } = secret;
    return [
      'version: 1',
      `cloud: { endpoint: '${world.sandbox.cloud.url}', apiKey: '\${env:EC_API_KEY}', ${tls} }`,
      'rotations:',
      '  - name: checkout',
      '    select: { deployment: checkout-prod }',
      '    verify: { probes: 3, probeInterval: 100ms }',
      `    store: { type: aws-secrets-manager, secretId: ${name}, endpoint: '${secrets.url}', drivenBy: aws, ${tls} }`,
      `    apmServer: { ${tls} }`,
      '    targets: []',
      '',
    ].join('\n');
  }
});

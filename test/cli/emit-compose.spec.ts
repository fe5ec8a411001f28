import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { rotorHere } from './in-process.js';

const COMPLETE = 'deploy/rotor.complete.yaml';
const require = createRequire(import.meta.url);
const LINTER = join(dirname(require.resolve('dclint')), '../bin/dclint.cjs');

/** Names that a variable and files share, and files that are there in a container alone. */
const IN_RUN_SECRETS = `version: 1
cloud: { apiKey: '\${env:API_KEY}', tls: { caFile: /run/secrets/ca.pem } }
rotations:
  - name: checkout
    select: { deployment: checkout-prod }
    store: { type: aws-secrets-manager, secretId: checkout, region: eu-central-1 }
    kibana: { apiKey: '\${file:/run/secrets/api_key}', tls: { caFile: /var/run/secrets/own/kibana.pem } }
    targets: []
  - name: search
    select: { deployment: search-prod }
    store: { type: aws-secrets-manager, secretId: search, region: eu-central-1 }
    kibana: { apiKey: '\${file:/etc/search/api_key}', tls: { caFile: /etc/search/own.pem } }
    targets: []
`;

type Mount = {
  readonly type: string;
  readonly source: string;
  readonly target: string;
  readonly read_only?: boolean;
};
type Composed = {
  readonly services: {
    readonly rotor: Readonly<Record<string, unknown>> & {
      readonly environment: Readonly<Record<string, string>>;
      readonly secrets: readonly { readonly source: string; readonly target: string }[];
      readonly volumes: readonly Mount[];
      readonly healthcheck: { readonly test: readonly string[] };
    };
  };
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
};

describe('rotor emit compose', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rotor-compose-'));
  });
  afterAll(async () => rm(folder, { recursive: true }));

  const value = randomBytes(12).toString('hex');
  const emit = async (...flags: string[]) =>
    rotorHere(['emit', 'compose', '-c', COMPLETE, ...flags], { EC_API_KEY: value, HOOK_SECRET: value });
  const composed = async (...flags: string[]) => parse((await emit(...flags)).stdout) as Composed;

  it('opens nothing: one port of this machine, no capability, no file that can be written', async () => {
    const { rotor } = (await composed()).services;
    expect(rotor).toMatchObject({
      ports: ['127.0.0.1:8080:8080'],
      cap_drop: ['ALL'],
      read_only: true,
      security_opt: ['no-new-privileges:true'],
      restart: 'unless-stopped',
      stop_grace_period: '60s',
    });
    const written = rotor.volumes.filter(({ read_only: isReadOnly }) => isReadOnly !== true);
    // The journal, and the folders of the file targets.
    expect(written.map(({ target }) => target)).toEqual(['/var/lib/rotor', '/etc/checkout', '/etc/payments']);
  });

  it('hands over every secret as a file where the config looks for it, and prints none', async () => {
    const { stdout, stderr } = await emit('--postgres');
    const { services, secrets } = parse(stdout) as Composed;
    const { environment, secrets: grants } = services.rotor;
    const text = readFileSync(COMPLETE, 'utf8').replaceAll(/#.*/g, '');
    const variables = [...new Set([...text.matchAll(/\$\{env:([^}]+)\}/g)].map(([, name]) => name))];
    const paths = [...new Set([...text.matchAll(/\$\{file:([^}]+)\}/g)].map(([, path]) => path))];
    const mounted = new Set(grants.map(({ target }) => target));
    const found = [...variables, 'DATABASE_URL'].map((name) => environment[`${name}_FILE`]);
    expect(found.filter((file) => !mounted.has(file ?? ''))).toEqual([]);
    expect(mounted).toEqual(new Set([...found, ...paths, '/etc/rotor/kubeconfig']));
    expect(grants.map(({ source }) => source).toSorted()).toEqual(Object.keys(secrets).toSorted());
    expect(secrets['kibana_password']).toEqual({ file: './secrets/kibana_password' });
    expect(secrets['kubeconfig']).toEqual({ file: '/etc/rotor/kubeconfig' });
    expect(stdout + stderr).not.toContain(value);
    expect(stderr).toContain('put the value of DATABASE_URL into ./secrets/database_url');
  });

  const composedFrom = async (text: string, ...flags: string[]) => {
    const file = join(folder, 'emitted-from.yaml');
    await writeFile(file, text);
    const { stdout, stderr } = await rotorHere(['emit', 'compose', '-c', file, ...flags]);
    return { stderr, ...(parse(stdout) as Composed) };
  };

  it('mounts the folder of the config, in which a file that takes its place is seen', async () => {
    const { rotor } = (await composed('--at', './settings/prod.yaml')).services;
    const mount = rotor.volumes.find(({ source }) => source === './settings');
    expect(mount).toMatchObject({ type: 'bind', read_only: true });
    expect(rotor.environment['ROTOR_CONFIG']).toBe(`${mount?.target}/prod.yaml`);
    // Nothing can be mounted into what is mounted read-only.
    const targets = [...rotor.volumes, ...rotor.secrets].map(({ target }) => target);
    expect(targets.filter((one) => one.startsWith(`${mount?.target}/`))).toEqual([]);
    expect(await emit('--at', '/rotor.yaml')).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('expected a file in a folder of its own'),
    });
  });

  it('gives everything a file of the host and a place in the container that nothing else has', async () => {
    const { stderr, services, secrets } = await composedFrom(IN_RUN_SECRETS);
    const { volumes, secrets: grants, environment } = services.rotor;
    expect(secrets).toEqual({
      api_key: { file: './secrets/api_key' },
      api_key_2: { file: '/etc/search/api_key' },
      api_key_3: { file: './secrets/api_key_3' },
    });
    expect(environment['API_KEY_FILE']).toBe('/run/secrets/api_key_3');
    const files = Object.fromEntries(volumes.map(({ target, source }) => [target, source]));
    expect(files).toMatchObject({
      '/run/secrets/ca.pem': './secrets/ca.pem',
      '/var/run/secrets/own/kibana.pem': './secrets/kibana.pem',
      '/etc/search/own.pem': '/etc/search/own.pem',
    });
    const places = [...volumes, ...grants].map(({ target }) => target);
    expect(new Set(places).size).toBe(places.length);
    expect(stderr).toContain(
      'put what the config finds in /run/secrets/ca.pem into ./secrets/ca.pem, to be read by user',
    );
    expect(stderr).toContain(
      'put what the config finds in /run/secrets/api_key into ./secrets/api_key, to be read by',
    );
  });

  it('says which files it could never write, since only root gives a file to somebody else', async () => {
    const { stderr } = await emit();
    expect(stderr).toContain('the file of web cannot be given to root:checkout, and is never written');
    expect(stderr).toContain(
      'has to belong to 65532:65532, or it is not replaced: /etc/payments/elasticapm.properties\n',
    );
    expect(stderr).not.toContain('the file of elasticapm.properties cannot');
    const ofItself = readFileSync(COMPLETE, 'utf8').replace('owner: root:checkout', "owner: '65532:nonroot'");
    expect((await composedFrom(ofItself)).stderr).not.toContain('cannot be given');
  });

  it('is what the image is built for', async () => {
    const dockerfile = readFileSync('deploy/Dockerfile', 'utf8');
    const last = (instruction: RegExp): string | undefined => instruction.exec(dockerfile)?.[1];
    const { rotor } = (await composed()).services;
    const check = JSON.parse(last(/^HEALTHCHECK .*\n\s+CMD (.*)$/m) ?? '[]') as string[];
    expect(rotor.healthcheck.test).toEqual(['CMD', ...check]);
    expect(rotor['user']).toBe(last(/^USER (.*)$/m));
    expect(rotor['command']).toEqual(JSON.parse(last(/^CMD (.*)$/m) ?? ''));
    const targets = rotor.volumes.map(({ target }) => target);
    expect(targets).toContain(last(/ROTOR_STATE_DIR=(\S+)/));
    expect(last(/ROTOR_LISTEN=0\.0\.0\.0:(\d+)/)).toBe('8080');
  });

  it.each([COMPLETE, 'deploy/rotor.minimal.yaml'])('of %s is a compose file', async (config) => {
    const file = join(folder, 'compose.yaml');
    await writeFile(file, (await rotorHere(['emit', 'compose', '-c', config])).stdout);
    expect(await lint(file)).toEqual({ exit: 0, said: '' });
  });
});

/** https://github.com/zavoloklom/docker-compose-linter: by the schema of Compose, and by its own rules. */
async function lint(file: string): Promise<{ exit: number; said: string }> {
  return new Promise((done) => {
    const args = [LINTER, '--max-warnings', '0', file];
    const child = execFile(process.execPath, args, { env: { NO_COLOR: '1' } }, (_error, out, err) => {
      done({ exit: child.exitCode ?? -1, said: `${out}${err}`.trim() });
    });
  });
}

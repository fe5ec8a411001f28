import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { configJsonSchema } from '../../src/config/index.js';
import { installed } from './installed.js';
import { rotorHere } from './in-process.js';

const COMPLETE = 'deploy/rotor.complete.yaml';
const analyzer = installed('systemd-analyze', 'whether systemd reads the emitted unit');

const store = (name: string): string =>
  `store: { type: aws-secrets-manager, secretId: ${name}, region: eu-central-1 }`;
const configOf = ({
  top = '',
  targets = '[]',
}: { top?: string; targets?: string } = {}): string => `version: 1
cloud: { apiKey: '\${env:EC_API_KEY}' }
${top}
rotations:
  - name: checkout
    select: { deployment: checkout-prod }
    ${store('checkout')}
    targets: ${targets}
`;

const inHome = (kubeconfig: string): string =>
  `[{ type: kubernetes, ${kubeconfig}, namespace: shop, workload: deployment/web, secret: { name: apm, key: t } }]`;

const directives = (unit: string): string[] => unit.split('\n').filter((line) => /^\w+=|^\[/.test(line));
const valuesOf = (unit: string, key: string): string[] =>
  directives(unit).flatMap((line) => (line.startsWith(`${key}=`) ? [line.slice(key.length + 1)] : []));

describe('rotor emit systemd', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rotor-unit-'));
  });
  afterAll(async () => rm(folder, { recursive: true }));

  const emit = async (text: string, ...flags: string[]) => {
    const file = join(folder, 'emitted-from.yaml');
    await writeFile(file, text);
    return rotorHere(['emit', 'systemd', '-c', file, ...flags]);
  };

  it('prints the shipped unit for a config that needs what the shipped unit has', async () => {
    const { stdout, stderr, exit } = await emit(configOf());
    expect(exit).toBe(0);
    expect(directives(stdout)).toEqual(directives(readFileSync('deploy/rotor.service', 'utf8')));
    expect(stderr).toBe('put the value of EC_API_KEY into /etc/rotor/ec_api_key, for root alone (0600)\n');
  });

  it('hands over every secret that the config refers to as a credential, and prints none', async () => {
    const value = randomBytes(12).toString('hex');
    const env = { EC_API_KEY: value, HOOK_SECRET: value, DATABASE_URL: value };
    const said = await rotorHere(['emit', 'systemd', '-c', COMPLETE, '--postgres'], env);
    const references = new Set(
      [
        ...readFileSync(COMPLETE, 'utf8')
          .replaceAll(/#.*/g, '')
          .matchAll(/\$\{(env|file):([^}]+)\}/g),
      ].map(([, kind, of]) => `${kind}:${of}`),
    );
    expect(references.size).toBeGreaterThan(5);
    const byVariable = valuesOf(said.stdout, 'Environment').flatMap((one) => {
      const [, name, credential] = /^(\w+)_FILE=%d\/(.+)$/.exec(one) ?? [];
      return name === undefined ? [] : [{ reference: `env:${name}`, credential }];
    });
    const byPath = valuesOf(said.stdout, 'BindReadOnlyPaths').flatMap((one) => {
      const [, credential, path] = /^%d\/([^:]+):(.+)$/.exec(one) ?? [];
      return path === undefined ? [] : [{ reference: `file:${path}`, credential }];
    });
    const loaded = valuesOf(said.stdout, 'LoadCredential').map((one) => one.split(':')[0]);
    const handed = [...byVariable, ...byPath];
    expect(new Set(handed.map(({ reference }) => reference))).toEqual(
      references.union(new Set(['env:DATABASE_URL', 'file:/etc/rotor/kubeconfig'])),
    );
    expect(new Set(handed.map(({ credential }) => credential))).toEqual(new Set(loaded));
    expect([handed.length, new Set(loaded).size]).toEqual([loaded.length, loaded.length]);
    expect(said.stdout + said.stderr).not.toContain(value);
  });

  it('knows every field of the config that names a file', () => {
    const paths = new Set<string>();
    const walk = (schema: unknown): void => {
      if (typeof schema !== 'object' || schema === null) return;
      for (const [key, one] of Object.entries(schema)) {
        if ((one as { pattern?: string } | null)?.pattern === '^\\/') paths.add(key);
        walk(one);
      }
    };
    walk(configJsonSchema());
    // `path` is that of a file target, which is written.
    expect([...paths].toSorted()).toEqual([
      'caFile',
      'jwksFile',
      'kubeconfig',
      'path',
      'webIdentityTokenFile',
    ]);
  });

  it('opens the folder of a file target, as a user whom the file may belong to', async () => {
    const one = "[{ type: file, path: /etc/shop/token, owner: 'shop:apm', reload: [/usr/bin/shop-reload] }]";
    const { stdout, stderr } = await emit(configOf({ targets: one }));
    expect(valuesOf(stdout, 'ReadWritePaths')).toEqual(['/etc/shop']);
    expect(valuesOf(stdout, 'User')).toEqual(['shop']);
    expect(valuesOf(stdout, 'SupplementaryGroups')).toEqual(['apm']);
    expect(directives(stdout)).not.toContain('DynamicUser=yes');
    expect(stderr).toContain('the user shop has to be there, and to be able to write in /etc/shop');
    expect(stderr).not.toContain('what is there already');
    expect(stderr).toContain('the commands of token (checkout) run as shop and within');
    const kept = await emit(configOf({ targets: '[{ type: file, path: /etc/shop/token }]' }));
    expect(kept.stderr).toContain('what is there already has to belong to rotor and a group of that user');
    expect(kept.stderr).toContain('or it is not replaced: /etc/shop/token\n');
    const several = await emit(
      configOf({
        targets:
          '[{ type: file, name: a, path: /etc/a/token, owner: a }, { type: file, name: b, path: /etc/b/token, owner: b }]',
      }),
    );
    expect(valuesOf(several.stdout, 'User')).toEqual(['root']);
    expect(several.stderr).not.toContain('has to');
    const numbered = await emit(configOf({ targets: one.replace('shop:apm', '0:0') }));
    expect(numbered.stderr).not.toContain('has to');
    expect(valuesOf(several.stdout, 'CapabilityBoundingSet')).toEqual([
      'CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER',
    ]);
    expect(valuesOf(several.stdout, 'ReadWritePaths')).toEqual(['/etc/a', '/etc/b']);
  });

  it('lets it listen on a port below 1024, and see what lies in a home', async () => {
    const top = "server: { listen: '127.0.0.1:443' }";
    const targets = '[{ type: file, path: /home/shop/100% sure/token }]';
    const { stdout } = await emit(configOf({ top, targets }));
    expect(valuesOf(stdout, 'AmbientCapabilities')).toEqual(['CAP_NET_BIND_SERVICE']);
    expect(directives(stdout)).not.toContain('PrivateUsers=yes');
    expect(valuesOf(stdout, 'ProtectHome')).toEqual(['tmpfs']);
    expect(valuesOf(stdout, 'BindPaths')).toEqual(['"/home/shop/100%% sure"']);
  });

  it.each([
    ['a secret', configOf().replace('${env:EC_API_KEY}', '${file:/home/ops/key}'), [], []],
    ['a kubeconfig', configOf({ targets: inHome('kubeconfig: /root/.kube/config') }), [], []],
    ['the program', configOf(), ['--install', '/home/ops/rotor'], ['/home/ops/rotor']],
    ['Node', configOf(), ['--node', '/home/ops/.nvm/bin/node'], ['/home/ops/.nvm/bin/node']],
    ['the config', configOf(), ['--at', '/root/rotor.yaml'], ['/root/rotor.yaml']],
  ])('lets it see %s that lies in a home, and nothing else there', async (_what, text, flags, paths) => {
    const { stdout } = await emit(text, ...flags);
    expect(valuesOf(stdout, 'ProtectHome')).toEqual(['tmpfs']);
    const opened = valuesOf(stdout, 'BindReadOnlyPaths').filter((one) => !one.startsWith('%d/'));
    expect(opened).toEqual(paths);
  });

  it('says of a config in a home that another one is seen after a restart alone', async () => {
    expect((await emit(configOf(), '--at', '/root/rotor.yaml')).stderr).toContain('after a restart alone');
    expect((await emit(configOf())).stderr).not.toContain('restart');
  });

  it('opens a program with its own Node once', async () => {
    const { stdout } = await emit(configOf(), '--install', '/home/rotor', '--node', '/home/rotor/bin/node');
    expect(valuesOf(stdout, 'BindReadOnlyPaths')).toEqual(['/home/rotor']);
  });

  it('says which region lacks, and takes it from a flag or from AWS_REGION', async () => {
    const open = configOf().replace(', region: eu-central-1', '');
    expect((await emit(open)).stderr).toContain('a store names no region');
    const given = await emit(open, '--region', 'eu-central-1');
    expect(valuesOf(given.stdout, 'Environment')).toContain('AWS_REGION=eu-central-1');
    expect(given.stderr).not.toContain('region');
  });

  it('refuses a place that is relative', async () => {
    expect(await emit(configOf(), '--at', 'rotor.yaml')).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('--at: found "rotor.yaml", expected an absolute path'),
    });
  });

  (analyzer === undefined ? it.skip : it).each([
    // As `systemd-analyze security` rates it, in tenths; 10.0 is a unit without any limit.
    ['of nobody in particular', '[]', 20],
    ['of a user', '[{ type: file, path: /etc/shop/token }]', 20],
    ['of root', "[{ type: file, path: /etc/shop/token, owner: 'root:shop' }]", 25],
  ])('a unit %s is one to systemd, and leaves little open', async (_whose, targets, most) => {
    const { stdout } = await emit(configOf({ targets }), '--node', process.execPath);
    const file = join(folder, 'rotor.service');
    await writeFile(file, stdout);
    expect(await analyze('verify', file)).toEqual({ exit: 0, said: '' });
    const { exit, said } = await analyze('security', '--offline=true', `--threshold=${most}`, file);
    expect({ exit, said: exit === 0 ? '' : said }).toEqual({ exit: 0, said: '' });
  });

  it('starts a service that is ready, and that ends in order', async () => {
    const config = join(folder, 'rotor.yaml');
    const top = "server: { listen: '127.0.0.1:0' }\nstateDir: /var/lib/rotor-of-a-test";
    await writeFile(config, configOf({ top }));
    const { stdout: unit } = await rotorHere([
      'emit',
      'systemd',
      `--config=${config}`,
      `--at=${config}`,
      `--node=${process.execPath}`,
      `--install=${resolve('.')}`,
    ]);
    // What systemd does before: the credentials, and the folder of the state.
    const credentials = join(folder, 'credentials');
    await mkdir(credentials);
    await writeFile(join(credentials, 'ec_api_key'), `${randomBytes(12).toString('hex')}\n`, { mode: 0o400 });
    const environment = Object.fromEntries(
      valuesOf(unit, 'Environment').map((one) => one.replace('%d', credentials).split('=', 2)),
    ) as Record<string, string>;
    const [command = '', ...words] = (valuesOf(unit, 'ExecStart')[0] ?? '').split(' ');
    const args = words.map((one) => one.replace('/var/lib/rotor-of-a-test', join(folder, 'state')));
    expect(args).not.toEqual(words);
    const service = spawn(command, args, { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(service, 'exit');
    try {
      let address: string | undefined;
      for await (const line of createInterface(service.stdout)) {
        const { message, url } = JSON.parse(line) as { message: string; url?: { full: string } };
        if (message !== 'rotor is ready') continue;
        address = url?.full;
        break;
      }
      service.stdout.resume();
      expect((await fetch(`${address}/readyz`)).status).toBe(200);
    } finally {
      service.kill('SIGTERM');
    }
    expect(await ended).toEqual([0, null]);
  });
});

async function analyze(...args: string[]): Promise<{ exit: number; said: string }> {
  return new Promise((done) => {
    const child = execFile(analyzer ?? '', args, (_error, out, err) => {
      done({ exit: child.exitCode ?? -1, said: `${out}${err}` });
    });
  });
}

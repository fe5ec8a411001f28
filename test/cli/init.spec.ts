import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { complaintOf, textOf } from '../../src/cli/init/answers.js';
import { init, type Ask } from '../../src/cli/init/index.js';
import { needsOf } from '../../src/cli/init/needs.js';
import { ISSUERS, QUESTIONS, TARGETS } from '../../src/cli/init/questions.js';
import { loadConfig } from '../../src/config/index.js';
import { rotor } from './rotor-command.js';

const ROOT = new URL('../../', import.meta.url);

describe('rotor init', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rotor-init-'));
    file = join(folder, 'rotor.yaml');
  });
  afterEach(async () => rm(folder, { recursive: true }));

  const run = async (...flags: string[]) => rotor(['init', ...flags], {}, { cwd: folder });

  it('writes a config that validate takes, says what else it needs, and what comes next', async () => {
    const made = await run('--yes', '--deployment', 'Checkout (prod)', '--region', 'eu-central-1');
    expect(made).toMatchObject({ exit: 0, stderr: 'next: rotor validate, then rotor doctor\n' });
    expect(made.stdout).toMatch(/^ {2}EC_API_KEY +API key of the Elastic Cloud organization/m);
    expect(made.stdout).toMatch(/^ {2}KIBANA_API_KEY +.*Integrations: All/m);
    expect(made.stdout).toContain('arn:aws:secretsmanager:eu-central-1:*:secret:apm/checkout-prod-??????');
    expect(await rotor(['validate'], {}, { cwd: folder })).toMatchObject({
      exit: 0,
      stdout: './rotor.yaml is valid: rotation checkout-prod\n',
    });
  });

  it('asks for the permissions that emit iam prints of the same file', async () => {
    const target = ['--target', 'ecs', '--cluster', 'prod', '--service', 'web'];
    const made = await run('--yes', '--deployment', 'x', ...target, '-o', 'json');
    const { needs } = JSON.parse(made.stdout) as { needs: { awsPolicy: object } };
    const emitted = await rotor(['emit', 'iam'], {}, { cwd: folder });
    expect(needs.awsPolicy).toEqual(JSON.parse(emitted.stdout));
    expect(emitted.stdout).toContain('ecs:UpdateService');
  });

  it('overwrites nothing', async () => {
    await writeFile(file, 'mine\n');
    expect(await run('--yes', '--deployment', 'x')).toMatchObject({
      exit: 2,
      stdout: '',
      stderr: expect.stringContaining('./rotor.yaml is there already'),
    });
    expect(readFileSync(file, 'utf8')).toBe('mine\n');
  });

  it('asks nobody where there is no terminal', async () => {
    expect(await run()).toMatchObject({
      exit: 2,
      stdout: '',
      stderr: expect.stringContaining('there is no terminal to ask on: give --yes'),
    });
    expect(existsSync(file)).toBe(false);
  });

  it.each([
    [{}, '--deployment cannot be guessed'],
    [{ issuer: 'fleet' }, '--kibana-url cannot be guessed'],
    [{ deployment: 'x', target: 'ecs' }, '--cluster, --service cannot be guessed'],
    [{ deployment: 'x', target: 'gateway' }, '--target: found "gateway", expected one of: none,'],
    [{ deployment: 'x', issuer: 'eck' }, '--issuer: found "eck", expected one of: auto'],
    [{ deployment: 'x', maxAge: '30' }, '--max-age: found "30", expected a duration'],
    [{ deployment: 'x', path: '/a' }, '--path does not go with the other answers'],
    [{ deployment: 'x', config: '/nowhere/rotor.yaml' }, 'cannot be written (ENOENT)'],
  ])('writes nothing for %j, and says why', async (given, why) => {
    await expect(init({ config: file, yes: true, ...given })).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining(why),
    });
    expect(existsSync(file)).toBe(false);
  });

  describe('on a terminal', () => {
    /** A person who answers so, and else takes what is offered; `undefined` stops. */
    const person = (said: Readonly<Record<string, string | undefined>>) => {
      const asked: string[] = [];
      const ask: Ask = async ({ key, fallback }, answers) => {
        asked.push(key);
        return key in said ? said[key] : (fallback?.(answers) ?? '');
      };
      return { asked, ask };
    };

    it('asks for what no flag has said, and only for what the answers before call for', async () => {
      const { asked, ask } = person({ deployment: 'shop', target: 'ecs', cluster: 'prod', service: 'web' });
      expect(await init({ config: file, name: 'shop', output: 'name' }, ask)).toBe(0);
      expect(asked.join(' ')).toBe(
        'issuer deployment secretId region maxAge target cluster service notifyUrl',
      );
      expect(loadConfig(file).rotations).toMatchObject([
        { name: 'shop', store: { secretId: 'apm/shop' }, targets: [{ type: 'ecs', services: ['web'] }] },
      ]);
    });

    it('writes nothing where the person stops', async () => {
      const { ask } = person({ deployment: undefined });
      expect(await init({ config: file }, ask)).toBe(130);
      expect(existsSync(file)).toBe(false);
    });
  });
});

describe('a first config', () => {
  const all = {
    cluster: 'c',
    service: 's',
    function: 'f',
    path: '/a/b',
    namespace: 'n',
    url: 'https://a.example',
  };
  const base = { ...all, deployment: 'd', name: 'd', secretId: 'd', maxAge: '30d', workload: 'deployment/x' };
  const cases = ISSUERS.flatMap((issuer) => TARGETS.map((target) => [issuer.value, target.value] as const));

  it.each(cases)('is valid for the issuer %s and the target %s, and holds no secret', (issuer, target) => {
    const kibanaUrl = 'https://kibana.example';
    const text = textOf({ ...base, issuer, target, kibanaUrl, notifyUrl: 'https://hooks.example' });
    const config = loadConfig('rotor.yaml', { text });
    expect(config.rotations[0]?.targets.map(({ type }) => type)).toEqual(target === 'none' ? [] : [target]);
    const references = [...text.matchAll(/(apiKey|secret): (\S+)/g)].filter(([, , value]) => value !== '');
    for (const [, , value] of references) expect(value).toMatch(/^\$\{env:[A-Z_]+\}$/);
    // Every variable that it refers to is told of.
    const told = needsOf({ ...base, issuer, target, notifyUrl: 'x' }, config).environment.map(
      ({ name }) => name,
    );
    const used = [...text.matchAll(/^ .*: \$\{env:([A-Z_]+)\}/gm)].map(([, name]) => name);
    expect(new Set(told)).toEqual(new Set(used));
  });

  it('takes no answer that the config would not take, whatever is typed', () => {
    fc.assert(
      fc.property(fc.constantFrom(...QUESTIONS.map(({ key }) => key)), fc.string(), (key, typed) => {
        if (key === 'issuer' || key === 'target' || complaintOf(key, typed, {}) !== undefined) return;
        const target = { path: 'file', url: 'webhook', function: 'lambda', namespace: 'kubernetes' } as const;
        const kind = key === 'workload' ? 'kubernetes' : ((target as Record<string, string>)[key] ?? 'ecs');
        const issuer = key === 'kibanaUrl' ? 'fleet' : 'auto';
        const answers = { ...base, issuer, target: kind, kibanaUrl: 'https://a.example', [key]: typed };
        expect(() => loadConfig('x', { text: textOf(answers) })).not.toThrow();
      }),
      { numRuns: 300 },
    );
  });

  it('needs the permissions that the documentation names', () => {
    const page = readFileSync(new URL('docs/aws-secrets-manager.md', ROOT), 'utf8');
    const [, json = ''] = /```json\n(.*?)```/s.exec(page) ?? [];
    const [documented] = (JSON.parse(json) as { Statement: { Action: string[] }[] }).Statement;
    const config = loadConfig('rotor.yaml', { text: textOf({ ...base, issuer: 'auto', target: 'none' }) });
    const [said] = (needsOf(base, config).awsPolicy as { Statement: { Action: string[] }[] }).Statement;
    const making = ['secretsmanager:CreateSecret', 'secretsmanager:TagResource'];
    expect(said?.Action).toEqual([...(documented?.Action ?? []), ...making]);
    for (const action of making) expect(page).toContain(`\`${action}\``);
    const named = TARGETS.flatMap(({ value }) => needsOf({ target: value }, config).alsoSee).join(' ');
    for (const [path] of named.matchAll(/(docs|deploy)\/[\w./-]+\w/g))
      expect(existsSync(new URL(path, ROOT))).toBe(true);
  });
});

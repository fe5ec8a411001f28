import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { configJsonSchema, loadConfig } from '../../src/config/index.js';
import { configWith, lines } from './refused.js';

const target = (fields: string): string => configWith({ targets: `    targets: [{ ${fields} }]` });
const loaded = (fields: string) =>
  loadConfig('rotor.yaml', { text: target(fields) }).rotations[0]?.targets[0];
const said = (fields: string): string => lines(target(fields)).join('\n');

describe('an ecs target in the file', () => {
  it('is called by its first service', () => {
    expect(loaded('type: ecs, cluster: prod, service: arn:aws:ecs:eu-central-1:1:service/prod/web')).toEqual({
      type: 'ecs',
      name: 'web',
      cluster: 'prod',
      services: ['arn:aws:ecs:eu-central-1:1:service/prod/web'],
      readyTimeoutMs: 1_800_000,
    });
    expect(loaded('type: ecs, cluster: prod, services: [a, b], retries: 2')).toMatchObject({
      name: 'a',
      services: ['a', 'b'],
      retriesMax: 2,
    });
  });

  it('has one service or several, not both and not none', () => {
    const expected = 'expected service or services. One of them, not both.';
    expect(said('type: ecs, cluster: prod')).toContain(expected);
    expect(said('type: ecs, cluster: prod, service: a, services: [b]')).toContain(expected);
  });

  it('has no endpoint without TLS', () => {
    expect(said("type: ecs, cluster: prod, service: a, endpoint: 'http://127.0.0.1:4566'")).toContain(
      'expected an https URL',
    );
  });
});

describe('the role of a target in the file', () => {
  const ROLE = 'roleArn: "arn:aws:iam::444455556666:role/rotor"';
  const OF_EACH = [
    'type: ecs, cluster: prod, service: a',
    'type: lambda, functions: [a]',
    "type: ssm-run-command, instanceIds: [i-0123456789abcdef0], commands: ['true']",
  ];

  it.each(OF_EACH)('is that of the target alone: %s', (fields) => {
    const credentials = { roleArn: 'arn:aws:iam::444455556666:role/rotor', sessionName: 'deploys' };
    expect(loaded(`${fields}, credentials: { sessionName: deploys, ${ROLE} }`)).toMatchObject({
      credentials,
    });
    expect(loaded(fields)).not.toHaveProperty('credentials');
  });

  it.each(OF_EACH)('knows an external id only where it is taken on with keys: %s', (fields) => {
    const both = `credentials: { ${ROLE}, webIdentityTokenFile: /run/token, externalId: rotor }`;
    expect(said(`${fields}, ${both}`)).toContain(
      'rotations.0.targets.0.credentials.externalId: found externalId beside webIdentityTokenFile, expected one of the two',
    );
  });

  it('is named by its ARN', () => {
    expect(said('type: ecs, cluster: prod, service: a, credentials: { roleArn: rotor }')).toContain(
      'rotations.0.targets.0.credentials.roleArn: found "rotor", expected the ARN of a role',
    );
  });
});

describe('a lambda target in the file', () => {
  it('is called by its first function', () => {
    expect(loaded("type: lambda, functions: ['orders-*', x]")).toEqual({
      type: 'lambda',
      name: 'orders-',
      functions: ['orders-*', 'x'],
      readyTimeoutMs: 1_200_000,
    });
  });

  it.each(['orders:live', 'arn:aws:lambda:eu-central-1:111122223333:function:orders:7'])(
    'names no version of a function: %s',
    (name) => {
      expect(said(`type: lambda, functions: ['${name}']`)).toContain('or an ARN without a version');
    },
  );

  it('takes no number for an alias', () => {
    expect(said("type: lambda, functions: [orders], alias: '7'")).toContain('expected the name of an alias');
  });
});

describe('an ssm-run-command target in the file', () => {
  const tags = "targets: { 'tag:role': [orders] }";

  it('has its defaults', () => {
    expect(loaded(`type: ssm-run-command, ${tags}, commands: ['true']`)).toEqual({
      type: 'ssm-run-command',
      name: 'ssm',
      targets: { 'tag:role': ['orders'] },
      document: 'AWS-RunShellScript',
      commands: ['true'],
      checkEveryMs: 120_000,
      commandTimeoutMs: 600_000,
      maxConcurrency: '50',
      maxErrors: '0',
      readyTimeoutMs: 1_800_000,
    });
  });

  it.each([
    ['no hosts', "commands: ['true']", 'expected targets or instanceIds'],
    [
      'hosts twice',
      `${tags}, instanceIds: [i-01234567], commands: ['true']`,
      'expected targets or instanceIds',
    ],
    ['no commands', tags, 'expected commands, for the document AWS-RunShellScript alone'],
    [
      'commands for another document',
      `${tags}, document: Acme-X, commands: ['true']`,
      'expected commands, for the',
    ],
    [
      'something else than tags',
      "targets: { role: [x] }, commands: ['true']",
      'expected keys of tags, such as "tag:role"',
    ],
    [
      'a share that is none',
      `${tags}, commands: ['true'], maxErrors: 'few'`,
      'expected a number such as "10"',
    ],
    ['a command that is no list', `${tags}, commands: 'true'`, 'expected a list of lines of a shell script'],
  ])('is refused with %s', (_, fields, expected) => {
    expect(said(`type: ssm-run-command, ${fields}`)).toContain(expected);
  });
});

describe.each(['ecs', 'lambda', 'ssm-run-command'])('docs/targets/%s.md', (type) => {
  const page = readFileSync(`docs/targets/${type}.md`, 'utf8');

  it('has an example that loads', () => {
    const [, example = ''] = /```yaml\n(.*?)```/s.exec(page) ?? [];
    const indented = example.replaceAll(/^(?=.)/gm, '    ');
    const [rotation] = loadConfig('rotor.yaml', { text: configWith({ targets: indented }) }).rotations;
    expect(rotation?.targets).toMatchObject([{ type }]);
  });

  it('names every field of its own', () => {
    const own = fieldsOf(type, configJsonSchema());
    expect(own.length).toBeGreaterThan(4);
    expect(own.filter((field) => !page.includes(`\`${field}`) && !page.includes(`${field}\``))).toEqual([]);
  });
});

/** Those that only this type of target has; all have a name and the terms of deliveries. */
function fieldsOf(type: string, schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties } = schema as { properties?: Record<string, { const?: unknown }> };
  if (properties?.['type']?.const === type) {
    const common = ['type', 'name', 'wave', 'timeout', 'deadline', 'retries', 'ready'];
    return Object.keys(properties).filter((field) => !common.includes(field));
  }
  return Object.values(schema).flatMap((part) => fieldsOf(type, part));
}

describe('the policies of deploy/aws', () => {
  it.each([
    ['ecs', 'ecs'],
    ['lambda', 'lambda'],
    ['ssm-run-command', 'ssm'],
  ])('allow a target of type %s what it asks for, and no more', (type, service) => {
    const policy = readFileSync(`deploy/aws/${type}-target.json`, 'utf8');
    const source = readFileSync(`src/targets/${type}/api.ts`, 'utf8');
    const asked = [...source.matchAll(/\.send\(\s*'(\w+)'/g)].map(([, action]) => `${service}:${action}`);
    const allowed = [...policy.matchAll(new RegExp(`"(${service}:\\w+)"`, 'g'))].map(([, action]) => action);
    expect(asked.length).toBeGreaterThan(4);
    expect(new Set(allowed.filter((one) => one !== 'ecs:cluster' && one !== 'ssm:resourceTag'))).toEqual(
      new Set(asked),
    );
  });
});

import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../src/config/index.js';
import { findings, lines } from './refused.js';

type Parts = { name?: string; select?: string; store?: string; targets?: string };

/** A config with these rotations, each on four lines from line 4 on. */
function rotations(...parts: Parts[]): string {
  const each = parts.map(({ name, select, store, targets }, index) =>
    [
      `  - name: ${name ?? `r${index}`}`,
      `    select: { ${select ?? `deployment: d${index}`} }`,
      `    store: { type: aws-secrets-manager, ${store ?? `secretId: s${index}`} }`,
      `    targets: [${targets ?? ''}]`,
    ].join('\n'),
  );
  return `version: 1\ncloud: { apiKey: '\${env:X}' }\nrotations:\n${each.join('\n')}\n`;
}

const places = (text: string): string[] =>
  findings(text).map(({ line, column, path }) => `${line}:${column} ${path}`);
const isAccepted = (text: string): boolean => loadConfig('rotor.yaml', { text }).rotations.length > 0;

describe('two rotations', () => {
  it('may differ in everything', () => {
    expect(isAccepted(rotations({}, {}))).toBe(true);
  });

  it('on one APM resource are refused, with both places', () => {
    expect(lines(rotations({ select: 'deployment: d' }, { select: 'deployment: d' }))).toEqual([
      'rotor.yaml:9:13 rotations.1.select: found the same APM resource as rotations.0.select (rotor.yaml:5:13), expected one rotation for each APM resource. Each would replace the token of the other. A rotation without refId may mean any resource of its deployment.',
    ]);
  });

  it.each([
    ['the same refId', 'deployment: d, refId: main-apm', 'refId: main-apm, deployment: d'],
    ['a refId in one of them alone', 'deployment: d, refId: main-apm', 'deployment: d'],
    ['the same tags in another order', 'tags: { a: x, b: y }', 'tags: { b: y, a: x }'],
  ])('are on one resource with %s', (_, first, second) => {
    expect(places(rotations({ select: first }, { select: second }))).toEqual(['9:13 rotations.1.select']);
  });

  it.each([
    ['another refId', 'deployment: d, refId: main-apm', 'deployment: d, refId: other-apm'],
    ['another deployment', 'deployment: d', 'deployment: e'],
    ['other tags', 'tags: { a: x }', 'tags: { a: y }'],
    ['tags of the name of a deployment', 'deployment: d', 'tags: { deployment: d }'],
  ])('are on two resources with %s', (_, first, second) => {
    expect(isAccepted(rotations({ select: first }, { select: second }))).toBe(true);
  });

  it('on one secret are refused, with both places', () => {
    expect(lines(rotations({ store: 'secretId: s' }, {}, { store: 'secretId: s' }))).toEqual([
      'rotor.yaml:14:12 rotations.2.store: found the same secret as rotations.0.store (rotor.yaml:6:12), expected one rotation for each secret. Each would promote over the token of the other.',
    ]);
  });

  const ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:prod/apm-a1B2c3';
  it.each([
    ['the region in one of them alone', 'secretId: s, region: eu-central-1', 'secretId: s'],
    ['another way to AWS', 'secretId: s, endpoint: https://vpce.example.com', 'secretId: s'],
    ['another KMS key', 'secretId: s, kmsKeyId: a', 'secretId: s, kmsKeyId: b'],
    ['another key inside it, since a version holds all keys', 'secretId: s, key: a', 'secretId: s, key: b'],
    ['its ARN and its name', `secretId: "${ARN}"`, 'secretId: prod/apm, region: eu-central-1'],
  ])('are on one secret with %s', (_, first, second) => {
    expect(places(rotations({ store: first }, { store: second }))).toEqual(['10:12 rotations.1.store']);
  });

  it.each([
    ['another region', 'secretId: s, region: eu-central-1', 'secretId: s, region: us-east-1'],
    ['the ARN in another region', `secretId: "${ARN}"`, 'secretId: prod/apm, region: us-east-1'],
    ['another id', 'secretId: s', 'secretId: t'],
  ])('are on two secrets with %s', (_, first, second) => {
    expect(isAccepted(rotations({ store: first }, { store: second }))).toBe(true);
  });

  it('of one name are refused, with both places', () => {
    expect(lines(rotations({ name: 'a' }, { name: 'a' }))).toEqual([
      'rotor.yaml:8:11 rotations.1.name: found the same name as rotations.0.name (rotor.yaml:4:11), expected another name for each rotation.',
    ]);
  });

  it('that share everything are refused for each thing that they share', () => {
    const same = { name: 'a', select: 'deployment: d', store: 'secretId: s' };
    expect(places(rotations(same, same, same))).toHaveLength(6);
  });

  it('are compared though another part of them is wrong', () => {
    expect(
      places(rotations({ select: 'deployment: d' }, { select: 'deployment: d', store: 'secretId: 1' })),
    ).toEqual(['9:13 rotations.1.select', '10:51 rotations.1.store.secretId']);
  });
});

describe('two targets', () => {
  it('of one name are refused in one rotation, with both places', () => {
    expect(
      lines(rotations({ targets: '{ type: file, path: /a, name: x }, { type: file, path: /b, name: x }' })),
    ).toEqual([
      'rotor.yaml:7:80 rotations.0.targets.1.name: found the same name as rotations.0.targets.0.name (rotor.yaml:7:45), expected another name for each target of a rotation. Without a name, a target is called by the last part of its path, or by its host.',
    ]);
  });

  it('are compared by the names that they have by default', () => {
    expect(
      places(rotations({ targets: '{ type: file, path: /a/token }, { type: file, path: /b/token }' })),
    ).toEqual(['7:47 rotations.0.targets.1.name']);
  });

  it('of one name are fine in two rotations', () => {
    const [first, second] = ['{ type: file, path: /a/token }', '{ type: file, path: /b/token }'] as const;
    expect(isAccepted(rotations({ targets: first }, { targets: second }))).toBe(true);
  });

  it('on one file are refused, in two rotations as well', () => {
    const [first, second] = [
      '{ type: file, path: /a/token }',
      '{ type: file, path: /a/b/../token }',
    ] as const;
    expect(lines(rotations({ targets: first }, { targets: second }))).toEqual([
      'rotor.yaml:11:35 rotations.1.targets.0.path: found the same file as rotations.0.targets.0.path (rotor.yaml:7:35), expected another file for each target. Each would overwrite the token of the other.',
    ]);
  });
});

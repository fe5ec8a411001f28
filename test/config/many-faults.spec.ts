import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { findingsOf, formatFinding } from '../../src/config/index.js';
import { configWith, findings, lines, refusal } from './refused.js';

describe('many faults', () => {
  const text = `version: 1
cloud: { endpoint: http://api.example.com, apiKey: in-the-clear }
rotations:
  - name: Checkout
    select: { deployment: a }
    maxAge: 1d
    renewBefore: 2d
    store: { type: aws-secrets-manager, secretId: s }
    targets:
      - { type: gateway }
      - { type: file, path: a, colour: blue }
  - name: b
    select: { deployment: a }
    store: { type: vault-kv2 }
    targets: []
    name: c
`;

  it('are all told at once, in the order of the file', () => {
    expect(findings(text).map(({ line, column, path }) => `${line}:${column} ${path}`)).toEqual([
      '2:20 cloud.endpoint',
      '2:52 cloud.apiKey',
      '4:11 rotations.0.name',
      '7:18 rotations.0.renewBefore',
      '10:17 rotations.0.targets.0.type',
      '11:29 rotations.0.targets.1.path',
      '11:32 rotations.0.targets.1.colour',
      '13:13 rotations.1.select',
      '14:20 rotations.1.store.type',
      '16:5 rotations.1.name',
    ]);
  });

  it('make an error that counts them, holds one a line and exits with 2', () => {
    const error = refusal(text);
    expect(error.message).toBe(
      ['rotor.yaml has 10 errors:', ...findings(text).map(formatFinding)].join('\n'),
    );
    expect([error.code, error.exitCode]).toEqual(['config_invalid', 2]);
    expect(error.hint).toContain('rotor validate');
  });

  it('are told once each, though a fault in defaults meets every rotation', () => {
    const twice = configWith({ head: 'defaults: { maxAge: 1d, renewBefore: 2d }' }).concat(
      '  - { name: b, select: { deployment: b }, store: { type: aws-secrets-manager, secretId: b }, targets: [] }\n',
    );
    expect(lines(twice)).toEqual([
      'rotor.yaml:3:38 defaults.renewBefore: found 2d, expected less than maxAge, which is 1d.',
    ]);
  });
});

describe('a fault within one field brings no second one with it', () => {
  const wave = '    targets: [{ type: file, path: /a, wave: canary }]';

  it.each([
    [
      'of the strategy in defaults, on which the wave of a target rests',
      { head: 'defaults: { strategy: { waves: [canary, 0%] } }', targets: wave },
      'defaults.strategy.waves.1',
    ],
    [
      'of another field of that strategy',
      { head: 'defaults: { strategy: { waves: [canary], soak: 5 } }', targets: wave },
      'defaults.strategy.soak',
    ],
    [
      "of the rotation's own strategy",
      { rotation: 'strategy: { waves: [canary, 0%] }', targets: wave },
      'rotations.0.strategy.waves.1',
    ],
    [
      'of the retries in defaults, with which those of the rotation agree',
      { head: 'defaults: { retries: { base: 500ms, max: x } }', rotation: 'retries: { cap: 1s }' },
      'defaults.retries.max',
    ],
    [
      "of the rotation's own retries, which agree with those in defaults",
      { head: 'defaults: { retries: { base: 500ms, cap: 1s } }', rotation: 'retries: { base: 2 }' },
      'rotations.0.retries.base',
    ],
    [
      'of a cap of its own, without which the defaults do not agree',
      { head: 'defaults: { retries: { base: 5m } }', rotation: 'retries: { cap: 10 }' },
      'rotations.0.retries.cap',
    ],
  ])('%s', (_, parts, path) => {
    expect(findings(configWith(parts)).map((finding) => finding.path)).toEqual([path]);
  });
});

describe('a value that may be a secret', () => {
  const secret = randomBytes(18).toString('base64url');

  it.each([
    ['in place of a reference', configWith({ cloud: `cloud: { apiKey: '${secret}' }` })],
    ['beside a reference', configWith({ cloud: `cloud: { apiKey: '\${env:X}${secret}' }` })],
    ['in a broken reference', configWith({ cloud: `cloud: { apiKey: '\${${secret}}' }` })],
    ['in place of a mapping', configWith({ cloud: `cloud: '${secret}'` })],
    ['in place of a list', configWith({ targets: `    targets: '${secret}'` })],
    ['in place of a number', configWith({ rotation: `verify: { probes: '${secret}' }` })],
    ['in place of a URL', configWith({ cloud: `cloud: { apiKey: '\${env:X}', endpoint: '${secret}' }` })],
    ['under an unknown key', configWith({ cloud: `cloud: { apiKey: '\${env:X}', token: '${secret}' }` })],
    ['as a key', configWith({ cloud: `cloud: { apiKey: '\${env:X}', 'k ${secret}': 1 }` })],
    ['in broken YAML', configWith({ cloud: `cloud: { apiKey: "${secret}` })],
    ['after a quoted text', configWith({ cloud: `cloud: { apiKey: "a" ${secret} }` })],
    ['as an alias', configWith({ cloud: `cloud: { apiKey: *${secret} }` })],
    ['as a tag', configWith({ cloud: `cloud: { apiKey: !${secret} x }` })],
    ['in place of the document', secret],
  ])('is never repeated: %s', (_, text) => {
    const error = refusal(text);
    const seen = inspect(error, { depth: 9 }) + JSON.stringify(findingsOf(error)) + error.message;
    expect(seen).not.toContain(secret);
  });
});

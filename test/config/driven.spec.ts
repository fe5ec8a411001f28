import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../src/config/index.js';
import { lines } from './refused.js';

function config(rotation: string, store = 'drivenBy: aws'): string {
  return [
    'version: 1',
    "cloud: { apiKey: '${env:EC_API_KEY}' }",
    'rotations:',
    '  - name: checkout',
    '    select: { deployment: checkout-prod }',
    `    store: { type: aws-secrets-manager, secretId: prod/apm/checkout, ${store} }`,
    '    targets: []',
    `    ${rotation}`,
    '',
  ].join('\n');
}

describe('a rotation that AWS drives', () => {
  it.each([
    ['maxAge', 'maxAge: 30d'],
    ['schedule', 'schedule: { cron: "0 3 * * *" }'],
  ])('has no %s of its own', (key, rotation) => {
    expect(lines(config(rotation))).toEqual([
      `rotor.yaml:8:5 rotations.0.${key}: found ${key} in a rotation that AWS drives, expected no ${key}, as AWS alone ` +
        'says when it is rotated. Give the schedule to AWS: aws secretsmanager rotate-secret --rotation-rules.',
    ]);
  });

  it('is driven by aws or by nobody', () => {
    expect(lines(config('description: x', 'drivenBy: azure'))).toEqual([
      'rotor.yaml:6:80 rotations.0.store.drivenBy: found "azure", expected aws. Without drivenBy, Rotor itself starts the rotation.',
    ]);
  });

  const NOT_BOTH =
    'found a rotation that AWS drives and whose new tokens need an approval, expected one of the two, as AWS starts its ' +
    'rotations itself and cannot be made to wait. Write approval: { required: false, environments: [] } in this ' +
    'rotation, or leave drivenBy out.';

  it('needs no approval, which AWS would not wait for', () => {
    expect(lines(config('approval: { required: true }'))).toEqual([
      `rotor.yaml:8:5 rotations.0.approval: ${NOT_BOTH}`,
    ]);
  });

  it('needs none by its environment either, unless it says so', () => {
    const prod = (more: string) =>
      `defaults: { approval: { environments: [prod] } }\n${config(`labels: { env: prod }${more}`)}`;
    expect(lines(prod(''))).toEqual([`rotor.yaml:7:70 rotations.0.store.drivenBy: ${NOT_BOTH}`]);
    const load = (text: string) => loadConfig('rotor.yaml', { text }).rotations[0]?.approval.environments;
    expect(load(prod('\n    approval: { environments: [] }'))).toEqual([]);
    expect(load(prod('').replace('env: prod', 'env: staging'))).toEqual(['prod']);
  });
});

import { describe, expect, it } from '@jest/globals';
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
});

import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../src/config/index.js';
import { declare } from '../../src/wiring/index.js';

const env = { AWS_REGION: 'eu-central-1', EC_API_KEY: 'x' };

const CLOUD = { apiKey: '${env:EC_API_KEY}' };
const ROTATION = {
  name: 'checkout',
  select: { deployment: 'checkout-prod' },
  store: { type: 'aws-secrets-manager', secretId: 'prod/apm/checkout' },
  targets: [{ name: 'web', type: 'file', path: '/etc/web/apm-token' }],
};

function basisWith(change: object, cloud: object = {}, around = env): unknown {
  const rotations = [{ ...ROTATION, ...change }];
  const notifiers = { ops: { type: 'webhook', url: 'https://ops.example.test', secret: '${env:HOOK}' } };
  const text = JSON.stringify({ version: 1, cloud: { ...CLOUD, ...cloud }, notifiers, rotations });
  return declare(loadConfig('rotor.yaml', { text }), around)[0]?.basis;
}

describe('what a run of a rotation depends on in the config', () => {
  it.each<[string, object, object?]>([
    ['who may allow it', { approval: { required: true, approvers: ['ana'] } }],
    ['who hears of it', { notify: ['ops'] }],
    ['when it is due', { maxAge: '30d', renewBefore: '3d', schedule: { cron: '0 3 * * *' } }],
    ['what happens between two runs', { watch: { interval: '5m', onDrift: 'alert' } }],
    ['what people call it', { description: 'of the shop', labels: { env: 'prod' } }],
    ['how many start at one time', {}, { limits: { runsAtOnce: 3 } }],
  ])('stays the same with %s', (_, change, cloud = {}) => {
    expect(basisWith(change, cloud)).toEqual(basisWith({}));
  });

  it.each<[string, object, object?]>([
    ['where the token lives', { store: { ...ROTATION.store, secretId: 'prod/apm/other' } }],
    ['who gets it', { targets: [] }],
    ['in which order', { strategy: { maxConcurrentTargets: 1 } }],
    ['how it is proven', { verify: { probes: 20 } }],
    ['how often a delivery is tried', { retries: { max: 1 } }],
    ['which token it is', { select: { deployment: 'other' } }],
    ['whom it asks', {}, { endpoint: 'https://ece.example.test' }],
  ])('is another one with %s', (_, change, cloud = {}) => {
    expect(basisWith(change, cloud)).not.toEqual(basisWith({}));
  });

  it('is another one where the environment says of another store', () => {
    expect(basisWith({}, {}, { ...env, AWS_REGION: 'us-east-1' })).not.toEqual(basisWith({}));
  });
});

import { describe, expect, it } from '@jest/globals';
import { loadConfig, type RotationConfig } from '../../src/config/index.js';
import { Gates } from '../../src/http/gate.js';
import { RotorError } from '../../src/rotation/errors.js';
import { drivenRotation } from '../../src/wiring/driven.js';
import { declare, watched } from '../../src/wiring/index.js';

const ARN = 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:prod/apm/checkout-AbCdEf';

function config(store: string, head = '# nothing more') {
  const text = [
    'version: 1',
    "cloud: { apiKey: '${env:EC_API_KEY}' }",
    head,
    'rotations:',
    '  - name: checkout',
    '    select: { deployment: checkout-prod }',
    `    store: { type: aws-secrets-manager, ${store} }`,
    '    targets: []',
    '',
  ].join('\n');
  return loadConfig('rotor.yaml', { text });
}

function refusal(rotations: readonly RotationConfig[], secretId: string): RotorError | undefined {
  try {
    drivenRotation(rotations, secretId);
  } catch (error) {
    if (error instanceof RotorError) return error;
    throw error;
  }
  return undefined;
}

describe('which rotation AWS means', () => {
  it.each([
    ['by its name', 'secretId: prod/apm/checkout, drivenBy: aws'],
    ['by its name and region', 'secretId: prod/apm/checkout, region: eu-central-1, drivenBy: aws'],
    ['by its ARN', `secretId: '${ARN}', drivenBy: aws`],
  ])('is the one whose store names the secret %s', (_how, store) => {
    expect(drivenRotation(config(store).rotations, ARN).name).toBe('checkout');
  });

  it.each([
    ['in another region', 'secretId: prod/apm/checkout, region: eu-west-1, drivenBy: aws'],
    ['of another name', 'secretId: prod/apm/billing, drivenBy: aws'],
    ['with another ARN', `secretId: '${ARN.replace('AbCdEf', 'GhIjKl')}', drivenBy: aws`],
  ])('is none whose secret is one %s', (_what, store) => {
    const error = refusal(config(store).rotations, ARN);
    expect(error).toMatchObject({
      code: 'not_found',
      message: expect.stringContaining('the config has checkout'),
    });
  });

  it('is none that Rotor itself starts', () => {
    const error = refusal(config('secretId: prod/apm/checkout').rotations, ARN);
    expect(error).toMatchObject({ code: 'not_possible', hint: expect.stringContaining('drivenBy: aws') });
  });
});

describe('a rotation that AWS drives', () => {
  it('is watched as one, and so delivered without a run of its own', () => {
    const surroundings = { env: {}, gates: new Gates({ circuit: () => undefined }) };
    const [driven] = watched(config('secretId: prod/apm/checkout, drivenBy: aws'), surroundings);
    const [own] = watched(config('secretId: prod/apm/checkout'), surroundings);
    expect([driven?.isDriven, own?.isDriven]).toEqual([true, false]);
  });

  it('is never due, whatever the defaults say', () => {
    const defaults = 'defaults: { maxAge: 30d, schedule: { cron: "0 3 * * *" } }';
    const [driven] = declare(config('secretId: prod/apm/checkout, drivenBy: aws', defaults), {});
    expect(driven).toMatchObject({ drivenBy: 'aws' });
    expect(driven?.due).not.toHaveProperty('maxAgeMs');
    expect(driven?.due).not.toHaveProperty('cron');
    const [own] = declare(config('secretId: prod/apm/checkout', defaults), {});
    expect(own?.due).toHaveProperty('maxAgeMs');
  });
});

import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../src/config/index.js';
import { Gates } from '../../src/http/gate.js';
import { declare, portsOf } from '../../src/wiring/index.js';
import { newToken } from '../contracts/target.contract.js';

const env = { EC_API_KEY: newToken().reveal() };

type Declared = { readonly target: object; readonly store?: object };

/** As a journal gives it back. */
function specOf({ target, store = {} }: Declared): unknown {
  const secret = { type: 'aws-secrets-manager', secretId: 'prod/apm/checkout', region: 'eu-central-1' };
  const rotation = {
    name: 'checkout',
    select: { deployment: 'checkout-prod' },
    store: { ...secret, ...store },
    targets: [{ name: 'web', ...target }],
    ...('wave' in target && { strategy: { waves: [target.wave] } }),
  };
  const config = { version: 1, cloud: { apiKey: '${env:EC_API_KEY}' }, rotations: [rotation] };
  const [declared] = declare(loadConfig('rotor.yaml', { text: JSON.stringify(config) }), env);
  return JSON.parse(JSON.stringify(declared?.template.spec)) as unknown;
}

function isSame(now: Declared, before: unknown): boolean | undefined {
  const surroundings = { env, gates: new Gates({ circuit: () => undefined }) };
  const [web] = portsOf({ spec: specOf(now) }, surroundings).targets;
  return web?.isSameIn?.(before);
}

const FILE = { type: 'file', path: '/etc/web/apm-token' };
const HOOK = { type: 'webhook', url: 'https://one.example.test/apm', secret: '${env:HOOK_SECRET}' };
const ECS = { type: 'ecs', cluster: 'prod', service: 'web' };

describe('a target under the name of one that had the token in a run before', () => {
  it.each([
    ['a file, as it was', { target: FILE }, { target: FILE }],
    ['a webhook, as it was', { target: HOOK }, { target: HOOK }],
    [
      'one that is given more time and another turn',
      { target: ECS },
      { target: { ...ECS, deadline: '1h', retries: 1, wave: 'canary', ready: { timeout: '5m' } } },
    ],
  ])('is the same: %s', (_, before, now) => {
    expect(isSame(now, specOf(before))).toBe(true);
  });

  it.each([
    ['another file', { target: FILE }, { target: { ...FILE, path: '/etc/web2/apm-token' } }],
    ['another receiver', { target: HOOK }, { target: { ...HOOK, url: 'https://two.example.test/apm' } }],
    ['another cluster', { target: ECS }, { target: { ...ECS, cluster: 'dr' } }],
    ['another kind', { target: FILE }, { target: ECS }],
    ['another secret', { target: ECS }, { target: ECS, store: { secretId: 'prod/apm/web' } }],
    ['another key of the secret', { target: ECS }, { target: ECS, store: { key: 'token' } }],
    ['one that was not there', { target: { ...FILE, name: 'jobs' } }, { target: FILE }],
  ])('is another one: %s', (_, before, now) => {
    expect(isSame(now, specOf(before))).toBe(false);
  });

  it('is another one where the run before does not say what it delivered to', () => {
    expect(isSame({ target: FILE }, {})).toBe(false);
  });
});

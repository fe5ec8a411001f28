import { randomBytes } from 'node:crypto';

import { afterEach, describe, expect, it } from '@jest/globals';

import { Secret } from '../../src/rotation/secret.js';
import { faultOf } from '../contracts/issuer.contract.js';
import { never } from '../fakes/never.js';
import { apm, attempt, closeServer, deployment, id, issuerOver, resource, token } from './crafted-answers.js';

afterEach(closeServer);

const pendingToken = randomBytes(12).toString('hex');

const completed = (status: string): object => ({
  plan_attempt_log: [
    { step_id: 'plan-validator', status: 'success' },
    { step_id: 'plan-completed', status },
  ],
});

async function look(info: object) {
  const issuer = await issuerOver({ json: deployment(apm(info)) });
  return issuer.inspect(resource, never());
}

function history(...attempts: object[]): object {
  return { plan_info: { current: attempt('first', 0), history: attempts } };
}

describe('elastic-cloud reads of the plans', () => {
  it.each([
    ['its own word', { healthy: false }],
    ['its last step', completed('error')],
  ])('that the newest attempt failed, by %s', async (_name, failed) => {
    const view = await look(history(attempt('second', 2, failed), attempt('first', 0)));
    expect([view.attempt, view.failedAttempt]).toEqual(['first', 'second']);
  });

  it('no failure, where the newest attempt succeeded', async () => {
    const plan_info = {
      current: attempt('third', 3),
      history: [attempt('first', 0), attempt('second', 2, { healthy: false }), attempt('third', 3)],
    };
    expect((await look({ plan_info })).failedAttempt).toBeUndefined();
  });

  it('no failure that is older than the plan in force, whatever the history leaves out', async () => {
    const plan_info = { current: attempt('third', 3), history: [attempt('second', 2, { healthy: false })] };
    expect((await look({ plan_info })).failedAttempt).toBeUndefined();
  });

  it('the plan in force out of the history, where it is not told apart', async () => {
    const plan_info = {
      history: [attempt('second', 2, completed('error')), attempt('first', 0, completed('success'))],
    };
    expect(await look({ plan_info })).toMatchObject({ attempt: 'first', failedAttempt: 'second' });
  });

  it('the token of a change on its way, and that it blocks', async () => {
    const pending = attempt('second', 2, {
      plan: { apm: { system_settings: { secret_token: pendingToken } } },
    });
    const view = await look({ plan_info: { current: attempt('first', 0), pending, history: [] } });
    expect(view.pending).toMatchObject({ fingerprint: new Secret(pendingToken).fingerprint });
    expect(view.current).toMatchObject({ fingerprint: new Secret(token).fingerprint });
    expect(view.busy).toBe('shop: a plan is pending on apm main-apm');
  });

  it('the token out of the topology, where the settings do not hold it', async () => {
    const plan = { apm: {}, cluster_topology: [{ apm: { system_settings: { secret_token: token } } }] };
    const view = await look({ plan_info: { current: attempt('first', 0, { plan }), history: [] } });
    expect(view.current).toMatchObject({ fingerprint: new Secret(token).fingerprint });
  });

  it.each([
    ['absent', undefined],
    ['null', null],
    ['empty', ''],
    ['masked', '********'],
    ['redacted', '[REDACTED]'],
  ])('unreadable, where the token is %s', async (_name, secret_token) => {
    const plan = { apm: { system_settings: { secret_token } } };
    expect((await look({ plan_info: { current: attempt('first', 0, { plan }), history: [] } })).current).toBe(
      'unreadable',
    );
  });

  it('that a plan is pending on another resource', async () => {
    const kibana = [{ ref_id: 'main-kibana', info: { plan_info: { pending: { plan_attempt_id: 'x' } } } }];
    const json = { id, name: 'shop', resources: { apm: [apm()], kibana } };
    const view = await (await issuerOver({ json })).inspect(resource, never());
    expect([view.busy, view.pending]).toEqual(['shop: a plan is pending on kibana main-kibana', undefined]);
  });

  it.each(['reconfiguring', 'restarting', 'rebooting'])(
    'that a resource that is %s is busy',
    async (status) => {
      expect((await look({ status })).busy).toBe(`shop / main-apm: its status is ${status}`);
    },
  );
});

describe('elastic-cloud takes the address', () => {
  const url = 'https://a.example.test';
  it.each([
    [
      'of the service apm first',
      {
        services_urls: [
          { service: 'fleet', url: 'https://f.example.test' },
          { service: 'apm', url },
        ],
        aliased_url: 'https://b.example.test',
      },
      url,
    ],
    [
      'under the alias next',
      { services_urls: [], aliased_url: url, service_url: 'https://c.example.test' },
      url,
    ],
    ['of the resource next', { service_url: url, endpoint: 'd.example.test', ports: { https: 443 } }, url],
    [
      'of endpoint and port last',
      { endpoint: 'd.example.test', ports: { https: 9243 } },
      'https://d.example.test:9243',
    ],
  ])('%s', async (_name, metadata, expected) => {
    expect((await look({ metadata })).apmUrl).toBe(expected);
  });

  it('and knows every other one of the same APM Server, over TLS', async () => {
    const metadata = {
      services_urls: [
        { service: 'fleet', url: 'https://f.example.test' },
        { service: 'apm', url },
      ],
      aliased_url: url,
      service_url: 'http://b.example.test',
      endpoint: 'd.example.test',
      ports: { https: 9243 },
    };
    expect((await look({ metadata })).alsoAt).toEqual(['https://d.example.test:9243']);
  });

  it('not without TLS', async () => {
    const fault = await faultOf(look({ metadata: { service_url: 'http://apm.example.test' } }));
    expect(fault.code).toBe('insecure_endpoint');
  });

  it('not where there is none', async () => {
    expect((await faultOf(look({ metadata: {} }))).code).toBe('resource_unavailable');
  });
});

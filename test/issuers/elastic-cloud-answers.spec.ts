import { afterEach, describe, expect, it } from '@jest/globals';

import { faultOf, write } from '../contracts/issuer.contract.js';
import { never } from '../fakes/never.js';
import {
  apm,
  closeServer,
  deployment,
  id,
  issuerOver,
  latestServer,
  resource,
  token,
} from './crafted-answers.js';

afterEach(closeServer);

describe('elastic-cloud names', () => {
  it('the ref ids where a deployment has several APM resources, and takes the one that is asked for', async () => {
    const json = deployment(apm({}, 'one'), apm({}, 'two'));
    const issuer = await issuerOver({ json });
    const fault = await faultOf(issuer.resolve(never()));
    expect(fault).toMatchObject({
      code: 'resource_ambiguous',
      message: 'shop: has 2 APM resources: one, two.',
    });
  });

  it('no deployment that a search brings up without carrying the tag', async () => {
    const metadata = { tags: [{ key: 'team', value: 'shop-and-more' }] };
    const json = { return_count: 1, deployments: [{ id, name: 'shop', metadata }] };
    const fault = await faultOf((await issuerOver({ json }, { tags: { team: 'shop' } })).resolve(never()));
    expect(fault.code).toBe('upstream_not_found');
  });

  it('a deployment without APM', async () => {
    const fault = await faultOf((await issuerOver({ json: deployment() })).resolve(never()));
    expect(fault).toMatchObject({ code: 'resource_unavailable', message: 'shop: has no APM resource.' });
  });

  it('a deployment that was switched to an Integrations Server since', async () => {
    const apmUrl = 'https://shop.apm.example.test';
    const metadata = { services_urls: [{ service: 'apm', url: apmUrl }] };
    const info = { apm_server_mode: 'managed', metadata };
    const integrations_server = [{ ref_id: 'main-integrations_server', info }];
    const json = { id, name: 'shop', resources: { apm: [], integrations_server } };
    const view = await (await issuerOver({ json })).inspect(resource, never());
    const moved = expect.stringContaining('managed by an Integrations Server') as unknown;
    expect(view).toEqual({ apmUrl, current: 'unreadable', moved, precondition: '' });
  });

  it('an APM resource that has gone', async () => {
    const fault = await faultOf((await issuerOver({ json: deployment() })).inspect(resource, never()));
    expect(fault.code).toBe('upstream_not_found');
  });

  it('the field of an answer that is not what the API documents, without its value', async () => {
    const json = deployment(apm({ status: { secret: token } }));
    const fault = await faultOf((await issuerOver({ json })).inspect(resource, never()));
    expect(fault.code).toBe('upstream_malformed');
    expect(fault.message).toContain('resources.apm.0.info.status: Invalid input: expected string');
    expect(fault.message).not.toContain(token);
  });

  it.each([
    [
      'in the words of the API',
      { status: 404, json: refusal('deployments.deployment_not_found') },
      'upstream_not_found',
    ],
    ['of a wrong path', { status: 404, json: refusal('root.resource_not_found') }, 'upstream_rejected'],
    ['in the JSON of something else', { status: 404, json: { message: 'no route' } }, 'upstream_rejected'],
    ['of a proxy', { status: 404, html: true }, 'upstream_not_json'],
  ])('a 404 %s for what it is', async (_name, answer, code) => {
    expect((await faultOf((await issuerOver(answer)).inspect(resource, never()))).code).toBe(code);
  });
});

function refusal(code: string, message = 'a sentence'): object {
  return { errors: [{ code, message }] };
}

describe('elastic-cloud understands of a reset', () => {
  const state = 'clusters.cluster_plan_state_error';
  const pending = 'Apm resource [main-apm] has a plan still pending, cancel that or wait for it to complete';
  it.each([
    [
      'a managed APM',
      400,
      refusal(state, 'Reset token is not supported when APM is managed by Elastic Agent.'),
      'not_rotatable not_applied',
    ],
    ['a pending plan under the same code', 400, refusal(state, pending), 'upstream_busy not_applied'],
    [
      'a pending plan under another code',
      422,
      refusal('deployments.resource_plan_state_error', pending),
      'upstream_busy not_applied',
    ],
    ['a conflict', 409, refusal('deployments.conflict'), 'upstream_busy not_applied'],
    [
      'a state that it does not know',
      400,
      refusal(state, 'There is not currently applied plan'),
      'upstream_rejected not_applied',
    ],
    ['a refusal of something in between', 403, { message: 'blocked' }, 'upstream_forbidden unknown'],
    ['an empty token', 202, { secret_token: '' }, 'token_unusable unknown'],
    ['no token', 202, { apm_id: 'x' }, 'upstream_malformed unknown'],
    ['a token that is no text', 202, { secret_token: 7 }, 'upstream_malformed unknown'],
    ['a list', 202, [], 'upstream_malformed unknown'],
  ])('%s', async (_name, status, json, expected) => {
    const fault = await faultOf(write(await issuerOver({ status, json }), resource));
    expect(`${fault.code} ${fault.effect}`).toBe(expected);
    expect(latestServer()?.requests).toHaveLength(1);
  });

  it('the token, in one request without body or query', async () => {
    const issuer = await issuerOver({ status: 202, json: { secret_token: token } });
    expect((await write(issuer, resource)).reveal()).toBe(token);
    expect(latestServer()?.requests).toMatchObject([
      { method: 'POST', url: `/deployments/${id}/apm/main-apm/_reset-token`, body: '' },
    ]);
    expect(latestServer()?.connections()).toBe(1);
  });
});

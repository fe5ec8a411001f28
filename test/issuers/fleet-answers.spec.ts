import { afterEach, describe, expect, it } from '@jest/globals';

import { faultOf } from '../contracts/issuer.contract.js';
import { freshToken } from '../fakes/fake-issuer.js';
import { never } from '../fakes/never.js';
import {
  POLICY,
  closeKibana,
  craftKibana,
  policyOf,
  refusal,
  resource,
  token,
  type Answer,
} from './crafted-kibana.js';

afterEach(closeKibana);

const VERSION = 'WzU0MSwyXQ==';

async function failedRead(policy: Answer) {
  const { issuer } = await craftKibana({ policy });
  return faultOf(issuer.inspect(resource, never()));
}

async function failedSave(save: Answer) {
  const kibana = await craftKibana({ save });
  const fault = await faultOf(kibana.issuer.set(resource, freshToken(), VERSION, never()));
  expect(kibana.writes()).toHaveLength(1);
  return fault;
}

const elsewhere: Answer = { status: 302, headers: { location: 'https://login.example.test/' } };

describe('fleet understands of a read', () => {
  it.each([
    [
      'a 401',
      refusal(401, 'unable to authenticate', 'Unauthorized'),
      'upstream_unauthenticated',
      'Check the API key',
    ],
    [
      'a 403',
      refusal(403, 'Forbidden', 'Forbidden'),
      'upstream_forbidden',
      'Fleet > Agent policies: Read and Integrations: Read in Kibana, best in all spaces',
    ],
    [
      'a policy that has gone',
      refusal(404, `Package policy ${POLICY} not found`),
      'upstream_not_found',
      'the space',
    ],
    [
      'a policy that has gone, in the words of the saved object',
      refusal(404, `Saved object [ingest-package-policies/${POLICY}] not found`),
      'upstream_not_found',
      'the space',
    ],
    [
      'another policy that has gone',
      refusal(404, 'Package policy x not found'),
      'upstream_rejected',
      'base path',
    ],
    ['a wrong path', refusal(404, 'Not Found', 'Not Found'), 'upstream_rejected', 'base path'],
    [
      'a 404 of something else',
      { status: 404, json: { message: `Package policy ${POLICY} not found` } },
      'upstream_rejected',
      'base path',
    ],
    ['a login page', { html: true }, 'upstream_not_json', 'proxy'],
    ['the 404 of a proxy', { status: 404, html: true }, 'upstream_not_json', 'proxy'],
    ['a way to a login page', elsewhere, 'upstream_rejected', 'redirect'],
    ['an outage', refusal(503, 'not ready', 'Service Unavailable'), 'upstream_error', undefined],
    [
      'a policy in the simplified format',
      { json: { item: { ...policyOf(token), inputs: {} } } },
      'upstream_malformed',
      undefined,
    ],
  ])('%s', async (_name, answer, code, advice) => {
    const fault = await failedRead(answer);
    expect(fault.code).toBe(code);
    expect(fault.hint ?? '').toContain(advice ?? '');
    expect(`${fault.message}${fault.hint}`).not.toContain(token);
  });

  it('how long it shall wait', async () => {
    const answer = { ...refusal(429, 'slow down', 'Too Many Requests'), headers: { 'retry-after': '7' } };
    expect(await failedRead(answer)).toMatchObject({ code: 'upstream_rate_limited', retryAfterMs: 7000 });
  });

  it('an outage that passes', async () => {
    let asked = 0;
    const { issuer } = await craftKibana({
      policy: () => (++asked === 1 ? refusal(503, 'not ready') : { json: { item: policyOf(token) } }),
    });
    expect((await issuer.inspect(resource, never())).precondition).toBe(VERSION);
  });
});

describe('fleet understands of a save, which it never repeats,', () => {
  const unknownKey =
    '[request body]: types that failed validation:\n- [request body.0.inputs.0.compiled_input]: definition for this key is missing';
  it.each([
    ['a 401', refusal(401, 'no', 'Unauthorized'), 'upstream_unauthenticated not_applied', ''],
    ['a 403', refusal(403, 'no', 'Forbidden'), 'upstream_forbidden not_applied', ''],
    [
      'a 403 of something in between',
      { status: 403, json: { message: 'blocked' } },
      'upstream_forbidden unknown',
      '',
    ],
    [
      'a policy that has gone',
      refusal(404, `Package policy ${POLICY} not found`),
      'upstream_not_found not_applied',
      '',
    ],
    [
      'an agent policy that has gone',
      refusal(404, 'Agent policy not found'),
      'upstream_rejected unknown',
      '',
    ],
    [
      'a conflict',
      refusal(409, `Saved object [ingest-package-policies/${POLICY}] conflict`, 'Conflict'),
      'upstream_busy not_applied',
      '',
    ],
    [
      'a conflict on the agent policy, which comes after the save',
      refusal(409, 'Saved object [fleet-agent-policies/x] conflict', 'Conflict'),
      'upstream_busy unknown',
      '',
    ],
    [
      'a frozen token',
      refusal(400, 'secret_token is a frozen variable and cannot be modified'),
      'not_rotatable not_applied',
      'The variable secret_token is frozen',
    ],
    [
      'another frozen variable',
      refusal(400, 'host is a frozen variable and cannot be modified'),
      'upstream_rejected not_applied',
      'The variable host is frozen',
    ],
    [
      'a key that it does not know',
      refusal(400, unknownKey),
      'upstream_rejected not_applied',
      'does not know inputs.0.compiled_input.',
    ],
    [
      'a missing header',
      refusal(400, 'Request must contain a kbn-xsrf header.'),
      'upstream_rejected not_applied',
      '',
    ],
    [
      'a managed policy',
      refusal(400, `Cannot update package policy ${POLICY}`),
      'upstream_rejected not_applied',
      '',
    ],
    [
      'a 400 that may have come after the save',
      refusal(400, 'output is invalid'),
      'upstream_rejected unknown',
      '',
    ],
    ['a 429', refusal(429, 'circuit breaker', 'Too Many Requests'), 'upstream_rate_limited unknown', ''],
    ['a 500', refusal(500, 'x', 'Internal Server Error'), 'upstream_error unknown', ''],
    ['the 502 of a proxy', { status: 502, html: true }, 'upstream_error unknown', ''],
    ['a login page', { html: true }, 'upstream_not_json unknown', ''],
    ['a way to a login page', elsewhere, 'upstream_rejected unknown', ''],
    ['an empty answer', {}, 'upstream_malformed unknown', ''],
    ['another answer', { json: { ok: true } }, 'upstream_malformed unknown', ''],
  ])('%s', async (_name, answer, expected, said) => {
    const fault = await failedSave(answer);
    expect(`${fault.code} ${fault.effect}`).toBe(expected);
    expect(fault.message).toContain(said);
  });

  it('which privileges it lacks', async () => {
    expect((await failedSave(refusal(403, 'Forbidden', 'Forbidden'))).hint).toContain(
      'Fleet > Agent policies: All and Integrations: All',
    );
  });

  it('a refusal that quotes the token, without repeating it', async () => {
    const fresh = freshToken();
    const quoted = `[request body.0.${fresh.reveal()} ${fresh.reveal()}]: expected a value, got ${fresh.reveal()}`;
    const { issuer } = await craftKibana({ save: refusal(400, quoted) });
    const fault = await faultOf(issuer.set(resource, fresh, VERSION, never()));
    expect(`${fault.message}${fault.hint}`).not.toContain(fresh.reveal());
  });
});

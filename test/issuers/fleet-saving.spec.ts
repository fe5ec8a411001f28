import { afterEach, describe, expect, it } from '@jest/globals';

import { Secret } from '../../src/rotation/secret.js';
import { freshToken } from '../fakes/fake-issuer.js';
import { faultOf } from '../contracts/issuer.contract.js';
import { never } from '../fakes/never.js';
import {
  apmInput,
  closeKibana,
  compiledWith,
  craftKibana,
  policyOf,
  resource,
  savedAs,
  token,
  type Answer,
} from './crafted-kibana.js';

afterEach(closeKibana);

const VERSION = 'WzU0MSwyXQ==';
type Kibana = Awaited<ReturnType<typeof craftKibana>>;

const setting = async ({ issuer }: Kibana, fresh = freshToken(), version = VERSION) =>
  issuer.set(resource, fresh, version, never());

/** What Fleet computes, or holds for itself: a PUT that carries one of them is refused. */
const COMPUTED = {
  secret_references: [],
  agents: 3,
  spaceIds: ['default'],
  is_managed: true,
  package_agent_version_condition: '^9.4.0',
};

describe('fleet saves', () => {
  const writable = {
    overrides: { inputs: { apm: { x: 1 } } },
    supports_agentless: false,
    additional_datastreams_permissions: null,
  };
  const stream = { id: 's', enabled: true, data_stream: { type: 'logs', dataset: 'apm' }, unheard: [1] };
  const streams = [{ ...stream, compiled_stream: { a: 1 } }];
  const input = { ...apmInput(token), id: 'i', unheard_of: { a: [null, 0, ''] }, streams };
  const second = { type: 'other', enabled: false, streams: [], vars: { secret_token: { value: 'theirs' } } };
  const stored = policyOf(token, { ...COMPUTED, ...writable, inputs: [input, second] });

  it('the policy as it is stored, but for what it computes itself and the one value', async () => {
    const kibana = await craftKibana({ policy: { json: { item: stored } } });
    const fresh = freshToken();
    await setting(kibana, fresh);

    const expected = structuredClone(stored) as Record<string, unknown> & {
      inputs: Record<string, unknown>[];
    };
    const computed = [
      'id',
      'revision',
      'created_at',
      'created_by',
      'updated_at',
      'updated_by',
      'elasticsearch',
    ];
    for (const key of [...computed, ...Object.keys(COMPUTED)]) delete expected[key];
    delete expected.inputs[0]?.['compiled_input'];
    Object.assign(expected.inputs[0] ?? {}, { streams: [stream] });
    Object.assign(expected.inputs[0]?.['vars'] ?? {}, {
      secret_token: { type: 'text', value: fresh.reveal() },
    });
    expect(kibana.writes()).toEqual([expected]);
    expect(Object.keys(stored)).toEqual(expect.arrayContaining(computed));
  });

  it('on condition that it is still the version that was looked at, without force', async () => {
    const kibana = await craftKibana({});
    await setting(kibana);
    expect(kibana.writes()).toMatchObject([{ version: VERSION, policy_ids: [expect.any(String)] }]);
    expect(kibana.writes()[0]).not.toHaveProperty('force');
    expect(kibana.server.requests.at(-1)).toMatchObject({
      method: 'PUT',
      url: '/api/fleet/package_policies/elastic-cloud-apm',
      headers: {
        'kbn-xsrf': 'true',
        'elastic-api-version': '2023-10-31',
        'content-type': 'application/json',
      },
    });
  });

  it('a first token, where there was none', async () => {
    const bare = apmInput(token, { secret_token: undefined });
    const kibana = await craftKibana({ policy: { json: { item: policyOf(token, {}, bare) } } });
    const fresh = freshToken();
    await setting(kibana, fresh);
    expect(kibana.writes()).toMatchObject([
      { inputs: [{ vars: { secret_token: { type: 'text', value: fresh.reveal() } } }] },
    ]);
  });

  it('the token that is there already once more, so that Fleet rolls out what it may have left half done', async () => {
    const kibana = await craftKibana({});
    await setting(kibana, new Secret(token));
    expect(kibana.writes()).toHaveLength(1);
  });
});

describe('fleet sends nothing', () => {
  const frozen = apmInput(token, { secret_token: { type: 'text', value: token, frozen: true } });
  const of = (item: object): Answer => ({ json: { item } });
  it.each([
    [
      'where the policy was saved meanwhile',
      of(policyOf(token, { version: 'WzU0MiwyXQ==' })),
      'upstream_busy',
    ],
    ['where Kibana sets the token itself by now', of(policyOf(token, {}, frozen)), 'not_rotatable'],
    ['where the APM input has gone', of(policyOf(token, { inputs: [] })), 'not_rotatable'],
  ])('%s', async (_name, policy, code) => {
    const kibana = await craftKibana({ policy });
    expect(await faultOf(setting(kibana))).toMatchObject({ code, effect: 'not_applied' });
    expect(kibana.writes()).toEqual([]);
  });

  it('for an empty token, which would switch authentication off', async () => {
    const kibana = await craftKibana({});
    const fault = await faultOf(setting(kibana, new Secret('')));
    expect(fault).toMatchObject({ code: 'token_unusable', effect: 'not_applied' });
    expect(kibana.server.requests).toEqual([]);
  });
});

describe('fleet looks at what became of the token', () => {
  const saving = async (made: (sent: unknown) => Record<string, unknown>) =>
    setting(await craftKibana({ save: (sent) => ({ json: savedAs(sent, made) }) }));

  it.each([
    ['null', null, 'to no token at all, so the APM Server may let anyone in'],
    ['a number', 12_345_678, 'to a number'],
    ['a truth value', true, 'to a boolean'],
    ['a map', { a: 1 }, 'to a map'],
    ['a list', ['a'], 'to a list'],
    ['another text', 'another', 'to another text'],
  ])('and says that it was compiled to %s', async (_name, compiled, words) => {
    const fault = await faultOf(saving(() => compiledWith(compiled)));
    expect(fault).toMatchObject({ code: 'token_not_taken', effect: 'unknown', retryable: false });
    expect(fault.message).toContain(`Fleet compiled the token ${words}`);
  });

  it('and says that the policy was saved without it', async () => {
    const kibana = await craftKibana({ save: { json: { item: policyOf(undefined) } } });
    expect(await faultOf(setting(kibana))).toMatchObject({
      code: 'token_not_taken',
      message: expect.stringContaining('saved the policy with no token at all'),
    });
  });

  it('and leaves it open where another save came right after', async () => {
    const kibana = await craftKibana({ save: { json: { item: policyOf(token) } } });
    expect(await faultOf(setting(kibana))).toMatchObject({ code: 'upstream_busy', effect: 'unknown' });
  });

  it.each([
    ['nothing that it compiled', () => undefined],
    ['no APM Server in it', () => ({ other: {} })],
    ['a reference to a secret in it', () => compiledWith('$co.elastic.secret{a1}')],
  ])('and takes the word of a reply that shows %s', async (_name, made) => {
    await expect(saving(made as () => Record<string, unknown>)).resolves.toBeUndefined();
  });

  it('and takes the word of a reply that shows a secret of Fleet in its place', async () => {
    const item = policyOf({ id: 'a1', isSecretRef: true });
    await expect(setting(await craftKibana({ save: { json: { item } } }))).resolves.toBeUndefined();
  });
});

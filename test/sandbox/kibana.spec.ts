import { describe, expect, it } from '@jest/globals';
import { fingerprintOf } from '../../src/rotation/secret.js';
import { mintToken } from '../../src/rotation/tokens.js';
import { at, probe } from './client.js';
import { compiledToken, itemOf, KibanaWorld, putBodyOf, type PolicyItem } from './kibana-world.js';

const world = new KibanaWorld();

describe('a policy of Elastic APM', () => {
  it('is shown with its token in clear, in the variables and in what they compile to', async () => {
    const item = await world.read();
    expect(item.inputs[0]?.vars['secret_token']).toEqual({
      type: 'text',
      value: world.deployment.currentToken(),
    });
    expect(compiledToken(item)).toBe(world.deployment.currentToken());
    expect(item.inputs[0]?.vars['host']?.frozen).toBe(true);
  });

  it('is found by its package, in pages', async () => {
    world.kibana.addPolicy('Second APM');
    const query = 'kuery=ingest-package-policies.package.name:apm&perPage=1&page=2';
    const found = (await world.fleet(`/api/fleet/package_policies?${query}`)).json();
    expect(found).toMatchObject({ total: 2, page: 2, items: [{ name: 'Second APM' }] });
    const other = await world.fleet('/api/fleet/package_policies?kuery=name:x');
    expect(other.status).toBe(400);
  });

  it('comes back from a round trip with another token, version and revision, and nothing else changed', async () => {
    const before = await world.read();
    const token = mintToken().reveal();
    const answer = await world.put(putBodyOf(before, token));
    expect(answer.status).toBe(200);
    const after = itemOf(answer);
    expect(compiledToken(after)).toBe(token);
    expect(after.version).not.toBe(before.version);
    expect(after.revision).toBe(before.revision + 1);
    expect(after.inputs[0]?.config).toEqual(before.inputs[0]?.config);
    const besides = ({ inputs: [input] }: PolicyItem) => ({ ...input?.vars, secret_token: undefined });
    expect(besides(after)).toEqual(besides(before));
  });

  it.each(['id', 'revision', 'created_at', 'elasticsearch', 'secret_references', 'agents'])(
    'refuses the unknown key %s',
    async (key) => {
      const answer = await world.put({ ...putBodyOf(await world.read(), mintToken().reveal()), [key]: 'x' });
      expect(answer.status).toBe(400);
      expect(at(answer.json(), 'message')).toContain(`${key}]: definition for this key is missing`);
    },
  );

  it('refuses an input as it was read', async () => {
    const item = await world.read();
    const answer = await world.put({ ...putBodyOf(item, 'x'), inputs: item.inputs });
    expect(at(answer.json(), 'message')).toContain('compiled_input]: definition for this key is missing');
    expect((await world.read()).version).toBe(item.version);
  });

  it('refuses a save of an older version, and takes one without a version', async () => {
    const old = putBodyOf(await world.read(), mintToken().reveal());
    world.kibana.editToken();
    expect((await world.put(old)).status).toBe(409);
    const { version: _, ...blind } = old;
    expect((await world.put(blind)).status).toBe(200);
  });

  it('keeps a frozen variable, and refuses another value', async () => {
    world.kibana.freezeToken();
    const item = await world.read();
    const answer = await world.put(putBodyOf(item, mintToken().reveal()));
    expect(answer.json()).toEqual({
      statusCode: 400,
      error: 'Bad Request',
      message: 'secret_token is a frozen variable and cannot be modified',
    });
    expect((await world.put({ ...putBodyOf(item, mintToken().reveal()), force: true })).status).toBe(200);
  });

  it('loses its other variables and the keys of the server in the simplified form', async () => {
    const inputs = { 'apmserver-apm': { enabled: true, vars: { secret_token: mintToken().reveal() } } };
    expect((await world.put({ name: 'Elastic APM', inputs })).text).toContain('frozen variable');
    const answer = await world.put({ name: 'Elastic APM', inputs, force: true });
    const [input] = itemOf(answer).inputs;
    expect(input?.vars['api_key_enabled']?.value).toBe(false);
    expect(input?.config).toBeUndefined();
  });

  it('shows a secret as a reference, and still serves with it', async () => {
    const token = world.deployment.currentToken();
    world.kibana.hideToken();
    await world.switched();
    const item = await world.read();
    expect(item.inputs[0]?.vars['secret_token']?.value).toMatchObject({ isSecretRef: true });
    expect(JSON.stringify(item)).not.toContain(token);
    expect((await probe(world.sandbox, 'search-prod', token)).text).toContain('version');
  });
});

describe('a token in a template without quotes', () => {
  it.each([
    ['12345678', 12345678],
    ['0123', 123],
    ['1e10', 1e10],
    ['0x1F', 31],
    ['true', true],
    ['null', null],
    ['~', null],
    ['', null],
    ['#abc', null],
    ['abc #def', 'abc'],
    ['{abc}', { abc: null }],
    ['a+b/c==', 'a+b/c=='],
    ['-abc', '-abc'],
  ])('compiles from %j to %j', async (token, compiled) => {
    expect(compiledToken(itemOf(await world.put(putBodyOf(await world.read(), token))))).toEqual(compiled);
  });

  it.each(['a: b', '*abc', '@abc'])('is refused as YAML: %s', async (token) => {
    const before = await world.read();
    expect((await world.put(putBodyOf(before, token))).status).toBe(400);
    expect((await world.read()).version).toBe(before.version);
  });

  it('switches authentication off when nothing is left of it and API keys are off', async () => {
    const body = putBodyOf(await world.read(), '~') as unknown as PolicyItem;
    const [input] = body.inputs;
    if (input) input.vars['api_key_enabled'] = { type: 'bool', value: false };
    await world.put(body);
    await world.switched();
    expect(world.deployment.acceptedFingerprints().every(({ fingerprint }) => fingerprint === 'any')).toBe(
      true,
    );
  });

  it('is taken as text by the APM Server where YAML made a number of it', async () => {
    await world.put(putBodyOf(await world.read(), '0123'));
    await world.switched();
    expect(new Set(world.deployment.acceptedFingerprints().map(({ fingerprint }) => fingerprint))).toEqual(
      new Set([fingerprintOf('123')]),
    );
  });
});

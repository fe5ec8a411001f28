import { describe, expect, it } from '@jest/globals';
import { fingerprintOf } from '../../src/rotation/secret.js';
import { mintToken } from '../../src/rotation/tokens.js';
import { at, cloud, send } from './client.js';
import { compiledToken, fleet, itemOf, KibanaWorld, POLICY_PATH, putBodyOf } from './kibana-world.js';

const AGENTS = '/api/fleet/agents?kuery=policy_id:"policy-elastic-agent-on-cloud"';
const world = new KibanaWorld();

describe('a save', () => {
  const agents = async (): Promise<unknown> => (await world.fleet(AGENTS)).json();

  it('reaches each APM Server when its Elastic Agent has checked in, and the status follows', async () => {
    const token = mintToken();
    await world.put(putBodyOf(await world.read(), token.reveal()));
    const { fingerprint } = token;
    expect(world.sandbox.ledger.of('policy.saved').at(-1)).toMatchObject({ fingerprint });
    await world.switched();
    expect(world.deployment.acceptedFingerprints().every((one) => one.fingerprint === fingerprint)).toBe(
      true,
    );
    const policy = (await world.fleet('/api/fleet/agent_policies/policy-elastic-agent-on-cloud')).json();
    const revision = at(policy, 'item', 'revision');
    expect(at(await agents(), 'items', 0, 'policy_revision')).toBe(revision);
  });

  it('is stored and never rolled out when Kibana dies in the middle of it; the next save heals that', async () => {
    const token = mintToken();
    world.kibana.dieBetweenWriteAndBump();
    await expect(world.put(putBodyOf(await world.read(), token.reveal()))).rejects.toMatchObject({
      code: 'ECONNRESET',
    });
    const stored = await world.read();
    expect(compiledToken(stored)).toBe(token.reveal());
    expect(world.sandbox.ledger.of('instance.switched')).toHaveLength(0);
    await world.put(putBodyOf(stored, token.reveal()));
    await world.switched();
    expect(world.deployment.acceptedFingerprints()[0]?.fingerprint).toBe(token.fingerprint);
  });

  it('leaves the old token in force where the input cannot be loaded, and says so on the unit', async () => {
    const old = fingerprintOf(world.deployment.currentToken());
    world.kibana.failInput('bad value');
    world.kibana.editToken();
    const failed = async (): Promise<boolean> =>
      JSON.stringify(await agents()).includes('failed to load input config');
    while (!(await failed())) await new Promise((resolve) => setImmediate(resolve));
    expect(world.deployment.acceptedFingerprints().every(({ fingerprint }) => fingerprint === old)).toBe(
      true,
    );
    world.kibana.repairInput();
    await world.switched();
    expect(world.deployment.acceptedFingerprints()[0]?.fingerprint).toBe(world.kibana.currentFingerprint());
  });

  it('never reaches an agent that is offline', async () => {
    const old = fingerprintOf(world.deployment.currentToken());
    world.kibana.offlineAgent(0);
    world.kibana.editToken();
    await world.switched(world.deployment.acceptedFingerprints().length - 1);
    expect(world.deployment.acceptedFingerprints()[0]?.fingerprint).toBe(old);
    expect(at(await agents(), 'items', 0, 'status')).toBe('offline');
  });
});

describe('who may do what', () => {
  it.each([
    ['a wrong key', { authorization: 'ApiKey x' }, 401],
    ['no key', { authorization: '' }, 401],
  ])('nothing with %s', async (_name, headers, status) => {
    expect((await world.fleet(POLICY_PATH, { headers })).status).toBe(status);
  });

  it('the same with a user and a password, and nothing with the key of the cloud', async () => {
    const { username, password } = world.kibana.credentials;
    const basic = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    expect((await world.fleet(POLICY_PATH, { headers: { authorization: basic } })).status).toBe(200);
    const key = `ApiKey ${world.sandbox.cloud.apiKey}`;
    expect((await world.fleet(POLICY_PATH, { headers: { authorization: key } })).status).toBe(401);
  });

  it('a role that may read may not write, and one without agents sees none', async () => {
    world.kibana.allow({ agentPolicies: 'read', integrations: 'read', agents: 'none' });
    const item = await world.read();
    expect((await world.put(putBodyOf(item, 'x'))).status).toBe(403);
    expect((await world.fleet(AGENTS)).status).toBe(403);
  });

  it('no write without kbn-xsrf', async () => {
    const headers = { authorization: `ApiKey ${world.kibana.credentials.apiKey}` };
    const answer = await send(world.sandbox.caPem, `${world.kibana.url}${POLICY_PATH}`, {
      method: 'PUT',
      headers,
      body: '{}',
    });
    expect(answer.status).toBe(400);
  });

  it('a policy is seen from its own space only', async () => {
    world.kibana.moveToSpace('observability');
    expect((await world.fleet(POLICY_PATH)).json()).toMatchObject({
      statusCode: 404,
      message: 'Package policy elastic-cloud-apm not found',
    });
    expect((await world.fleet(`/s/observability${POLICY_PATH}`)).status).toBe(200);
  });
});

describe('the Cloud API', () => {
  it('tells where Kibana is, and of a managed APM Server only the token that it was made with', async () => {
    const provisioned = world.deployment.currentToken();
    world.kibana.editToken();
    const shown = (await cloud(world.sandbox, `/deployments/${world.deployment.id}`)).json();
    expect(at(shown, 'resources', 'kibana', 0, 'info', 'metadata', 'service_url')).toBe(world.kibana.url);
    expect(JSON.stringify(shown)).toContain(provisioned);
    expect(JSON.stringify(shown)).not.toContain(world.deployment.currentToken());
  });

  it('shows a standalone APM Server as managed once it was switched; it keeps its token', async () => {
    const standalone = world.sandbox.deployment('checkout-prod');
    const token = standalone.currentToken();
    expect((await fleet(world.sandbox, standalone.kibana, POLICY_PATH)).status).toBe(404);
    standalone.switchToManaged();
    const shown = (await cloud(world.sandbox, `/deployments/${standalone.id}`)).json();
    expect(at(shown, 'resources', 'apm', 0, 'info', 'apm_server_mode')).toBe('managed');
    expect(compiledToken(itemOf(await fleet(world.sandbox, standalone.kibana, POLICY_PATH)))).toBe(token);
  });
});

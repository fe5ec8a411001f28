import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Resource } from '../../src/issuers/issuer.js';
import { Secret } from '../../src/rotation/secret.js';
import { mintToken } from '../../src/rotation/tokens.js';
import { settableContract } from '../contracts/issuer-kinds.contract.js';
import { faultOf, issuerContract, tokenOf } from '../contracts/issuer.contract.js';
import { never } from '../fakes/never.js';
import { until } from '../fakes/until.js';
import { fleetHarness, startFleetWorld, type FleetWorld } from './fleet-world.js';

issuerContract('fleet', fleetHarness);
settableContract('fleet', fleetHarness);

describe('fleet over the sandbox', () => {
  let world: FleetWorld;
  let resource: Resource;
  const { signal } = new AbortController();
  const inspect = async () => world.issuer().inspect(resource, signal);
  const set = async (token: Secret) =>
    world.issuer().set(resource, token, (await inspect()).precondition, signal);

  beforeEach(async () => {
    world = await startFleetWorld();
    resource = await world.issuer().resolve(signal);
  });
  afterEach(async () => world.close());

  it('brings a token to every instance, and tells how far it has come on the way', async () => {
    const token = mintToken();
    await set(token);
    expect((await inspect()).progress).toMatch(/^\d of 3 Elastic Agents run revision \d+ of their policy/);
    const accepted = () => world.deployment.acceptedFingerprints();
    await until('every instance accepts it', () =>
      accepted().every(({ fingerprint }) => fingerprint === token.fingerprint),
    );
    await until('every agent says so', async () =>
      /^3 of 3 .*policy\.$/.test((await inspect()).progress ?? ''),
    );
  });

  it('does not overwrite what a colleague saves between its own read and its write', async () => {
    const { kibana } = world.deployment;
    world.fault('put-package-policy', { kind: 'before-acting', run: () => kibana.editToken() });
    const token = mintToken();
    expect(await faultOf(set(token))).toMatchObject({ code: 'upstream_busy', effect: 'not_applied' });
    expect(kibana.currentFingerprint()).not.toBe(token.fingerprint);
  });

  it('says that the APM Server has refused the policy, in the words of the agent and without the token', async () => {
    const token = mintToken();
    world.deployment.kibana.failInput(`cannot use ${token.reveal()}`);
    await set(token);
    await until('a unit has failed', async () => (await inspect()).rejected !== undefined);
    const { rejected = '' } = await inspect();
    expect(rejected).toContain('failed to load input config');
    expect(rejected).not.toContain(token.reveal());
  });

  it('does not wait for an agent that is offline, and says so', async () => {
    world.deployment.kibana.offlineAgent(1);
    await set(mintToken());
    await until(
      'the others are there',
      async () => (await inspect()).progress?.startsWith('2 of 2') === true,
    );
    expect((await inspect()).progress).toMatch(/; 1 offline\.$/);
  });

  it('names the privileges that lack, and goes on without those that only show progress', async () => {
    const { kibana } = world.deployment;
    kibana.allow({ agents: 'none' });
    const view = await inspect();
    expect(view.progress).toContain('Fleet > Agents: Read');
    expect(tokenOf(view.current).fingerprint).toBe(kibana.currentFingerprint());

    kibana.allow({ integrations: 'read' });
    const fault = await faultOf(set(mintToken()));
    expect(fault).toMatchObject({ code: 'upstream_forbidden', effect: 'not_applied' });
    expect(fault.hint).toContain('Fleet > Agent policies: All and Integrations: All');
  });

  it('says that a key of the cloud opens no Kibana', async () => {
    const fault = await faultOf(world.stranger().resolve(never()));
    expect(fault).toMatchObject({ code: 'upstream_unauthenticated' });
    expect(fault.hint).toContain('a key of Elastic Cloud opens no Kibana');
  });

  it('finds the policy in its space, and says that the space may be the wrong one', async () => {
    world.deployment.kibana.moveToSpace('observability');
    expect((await faultOf(world.issuer().resolve(signal))).message).toMatch(/space/);
    const found = await world.issuer({ space: 'observability' }).resolve(signal);
    expect(found).toMatchObject({ address: { space: 'observability' } });
  });

  it('names each of several policies, and takes the one that is named by id or name', async () => {
    const id = world.deployment.kibana.addPolicy('Second APM');
    const { message } = await faultOf(world.issuer().resolve(signal));
    for (const named of ['Elastic APM', 'elastic-cloud-apm', 'Second APM', id])
      expect(message).toContain(named);
    for (const policy of ['Second APM', id]) {
      expect((await world.issuer({ policy }).resolve(signal)).address['policyId']).toBe(id);
    }
  });

  it('refuses a policy without an APM input', async () => {
    world.deployment.kibana.removeApmInput();
    expect((await faultOf(world.issuer().resolve(signal))).code).toBe('not_rotatable');
  });

  it('sets a token into a policy that tells a reference in its place', async () => {
    world.deployment.kibana.hideToken();
    expect((await inspect()).current).toBe('unreadable');
    const token = mintToken();
    await set(token);
    expect(world.deployment.kibana.currentFingerprint()).toBe(token.fingerprint);
  });

  it('says what the policy made of a token that YAML reads as something else', async () => {
    const fault = await faultOf(set(new Secret('12345678')));
    expect(fault).toMatchObject({ code: 'token_not_taken' });
    expect(fault.message).toContain('a number');
    expect(fault.message).not.toContain('12345678');
  });
});

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fingerprintOf } from '../../src/rotation/secret.js';
import { Driver, ORDER, Tally, type Outcome } from './driver.js';
import { DrivenWorld } from './world.js';

const KEY = 'apm_token';

describe('a step of a rotation that AWS drives', () => {
  let tally: Tally;
  let world: DrivenWorld;

  beforeEach(async () => {
    tally = new Tally();
    world = await DrivenWorld.start('fleet');
  });

  afterEach(async () => {
    await world.close();
    expect(tally).toMatchObject({ doubleResets: 0, lost: 0, wrongCurrent: 0 });
  });

  it('changes nothing where AWS only tries testSecret, on a version that is empty', async () => {
    const driver = new Driver(world.secret(), tally);
    const version = await driver.begin();
    const seen = writes();
    expect(await driver.call('testSecret', version)).toMatchObject({
      said: expect.stringContaining('a rotation could begin'),
    });
    expect(writes()).toEqual(seen);
  });

  it('changes nothing where AWS only tries testSecret, on a copy of what is current', async () => {
    const { secret } = new Driver(world.secret(), tally);
    const driver = new Driver(secret, tally);
    const version = await driver.begin();
    await secret.put(secret.view.current() ?? '', ['AWSPENDING'], version);
    const seen = writes();
    expect(await driver.call('testSecret', version)).toHaveProperty('said');
    expect(writes()).toEqual(seen);
  });

  it('tells in testSecret what a rotation would fail of', async () => {
    const driver = new Driver(world.secret(), tally);
    const version = await driver.begin();
    world.deployment.openAuthentication();
    expect(codeOf(await driver.call('testSecret', version))).toBe('authentication_open');
  });

  it('is refused where the rotation of the secret is off', async () => {
    const driver = new Driver(world.secret(), tally);
    const version = await driver.begin();
    await driver.secret.cancel();
    for (const step of ORDER) {
      const outcome = await driver.call(step, version);
      expect(outcome).toMatchObject({
        error: { code: 'store_refused', message: expect.stringContaining('is not enabled for rotation') },
      });
    }
  });

  it('is refused for a version that AWS has not announced', async () => {
    const driver = new Driver(world.secret(), tally);
    await driver.begin();
    const stranger = '0'.repeat(32);
    for (const step of ORDER) expect(codeOf(await driver.call(step, stranger))).toBe('store_refused');
    expect(driver.secret.view.versions().map(({ id }) => id)).not.toContain(stranger);
  });

  it('waits for what AWS does not show yet', async () => {
    const driver = new Driver(world.secret(), tally);
    const version = await driver.begin();
    world.secrets.faults.lag({ reads: 3 });
    for (const step of ORDER) {
      expect(await driver.call(step, version)).toHaveProperty('said');
      await world.settle();
    }
    world.secrets.faults.lag(undefined);
    expect(driver.secret.view.labels()).toMatchObject({ AWSCURRENT: version });
  });

  it('never fills a secret without a current version, whose first version would be current at once', async () => {
    const secret = world.secret();
    const driver = new Driver(secret, tally);
    const empty = Object.assign(Object.create(secret) as typeof secret, { name: `${secret.name}/empty` });
    world.secrets.seed(empty.name, undefined);
    const version = await empty.rotate();
    expect(codeOf(await new Driver(empty, new Tally()).call('createSecret', version))).toBe('store_missing');
    expect(driver.secret.view.current()).toBeDefined();
  });

  it('keeps a token in force that the store does not hold, before it sets another', async () => {
    const driver = new Driver(world.secret(), tally);
    world.deployment.kibana.editToken();
    await world.settle();
    const foreign = fingerprintOf(world.deployment.currentToken());
    const version = await driver.begin();
    await driver.insist('createSecret', version);
    await driver.insist('setSecret', version);
    const held = driver.secret.view.versions().map(({ text }) => fingerprintOf(text ?? ''));
    expect(held).toContain(foreign);
    expect(await driver.finish(version)).toBe(version);
  });

  it('saves a policy again whose first save has come through by half', async () => {
    const driver = new Driver(world.secret(), tally);
    const version = await driver.begin();
    await driver.insist('createSecret', version);
    world.deployment.kibana.dieBetweenWriteAndBump();
    expect(await driver.call('setSecret', version)).toHaveProperty('error');
    expect(codeOf(await driver.call('testSecret', version))).toBe('not_accepted');
    expect(await driver.call('setSecret', version)).toMatchObject({
      said: expect.stringContaining('is set'),
    });
    await world.settle();
    expect(await driver.call('testSecret', version)).toHaveProperty('said');
  });

  it('keeps the other keys of a secret of JSON', async () => {
    const driver = new Driver(world.secret(KEY), tally);
    await driver.finish(await driver.begin());
    expect(JSON.parse(driver.secret.view.current() ?? '')).toMatchObject({ user: 'elastic' });
  });

  it('takes over what somebody has changed in the other keys since, in a version of its own', async () => {
    const driver = new Driver(world.secret(KEY), tally);
    const version = await driver.begin();
    for (const step of ORDER.slice(0, 3)) await driver.insist(step, version);
    const before = JSON.parse(driver.secret.view.current() ?? '') as object;
    await driver.secret.put(JSON.stringify({ ...before, user: 'kibana' }), ['AWSCURRENT']);
    expect(await driver.insist('finishSecret', version)).toBeUndefined();
    const { view, tokenIn } = {
      view: driver.secret.view,
      tokenIn: driver.secret.tokenIn.bind(driver.secret),
    };
    expect(JSON.parse(view.current() ?? '')).toMatchObject({ user: 'kibana' });
    expect(tokenIn(view.current())).toBe(world.deployment.currentToken());
    // Or AWS would take the rotation for one that goes on, and begin no other.
    expect(view.labels()).not.toHaveProperty('AWSPENDING');
    expect(await driver.call('finishSecret', version)).toMatchObject({
      said: expect.stringContaining('current already'),
    });
    await driver.begin();
  });

  it('makes its version current also where an adopt run of the service was quicker with the same token', async () => {
    const driver = new Driver(world.secret(), tally);
    const version = await driver.begin();
    for (const step of ORDER.slice(0, 3)) await driver.insist(step, version);
    await driver.secret.put(world.deployment.currentToken(), ['AWSCURRENT']);
    expect(await driver.finish(version)).toBe(version);
    expect(driver.secret.view.labels()).toMatchObject({ AWSCURRENT: version, AWSPENDING: version });
  });

  it('says nothing of a token but its fingerprint', async () => {
    const driver = new Driver(world.secret(), tally);
    const version = await driver.begin();
    const said: Outcome[] = [];
    for (const step of [...ORDER.toReversed(), ...ORDER]) {
      said.push(await driver.call(step, version));
      await world.settle();
    }
    const words = said.map((outcome) => (outcome === 'died' ? '' : JSON.stringify(Object.values(outcome))));
    for (const { text = '' } of driver.secret.view.versions()) expect(words.join('\n')).not.toContain(text);
    expect(words.join('\n')).toContain(fingerprintOf(world.deployment.currentToken()));
  });

  function writes(): unknown[] {
    const { ledger } = world;
    const puts = ledger.of('secrets-manager.request').filter(({ operation }) => {
      return operation === 'PutSecretValue' || operation === 'UpdateSecretVersionStage';
    });
    return [puts.length, ledger.of('policy.saved').length, ledger.of('token.reset').length];
  }
});

function codeOf(outcome: Outcome): string | undefined {
  return outcome !== 'died' && 'error' in outcome ? outcome.error.code : undefined;
}

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fingerprintOf } from '../../src/rotation/secret.js';
import { finishPlan, RESET_FAULTS } from '../issuers/cloud-world.js';
import { Driver, Tally, type Outcome } from './driver.js';
import { Life } from './life.js';
import { DrivenWorld } from './world.js';

const QUIET_MS = 10 * 60_000;
/** Of a call of createSecret: before the intent is written, before the request of the reset, before its answer is used. */
const LIVES = Array.from({ length: 20 }, (_, point) => point);

describe('a reset that AWS drives', () => {
  const tally = new Tally();
  let world: DrivenWorld;
  const resets = (): number => world.ledger.of('token.reset').length;

  beforeAll(async () => {
    world = await DrivenWorld.start('elastic-cloud');
  });

  afterAll(async () => {
    await world.close();
    process.stdout.write(`resets: ${String(tally)}\n`);
  });

  it.each(RESET_FAULTS)(
    'is sent once, and its token found, whatever its answer is: %s',
    async (_name, effect) => {
      const driver = new Driver(world.secret(), tally);
      const version = await driver.begin();
      world.fault(effect);
      const before = resets();
      expect(await driver.call('createSecret', version)).toMatchObject({ error: {} });
      const last = await driver.finish(version);
      expect(driver.secret.view.labels()).toMatchObject({ AWSCURRENT: last });
      expect(resets() - before).toBe(1);
      expect(tally).toMatchObject({ doubleResets: 0, lost: 0, wrongCurrent: 0 });
    },
  );

  it('is sent again under one ClientRequestToken only where the first one is proven not to have arrived', async () => {
    const driver = new Driver(world.secret(), tally);
    const version = await driver.begin();
    world.fault({ kind: 'status', status: 429 });
    expect(codeOf(await driver.call('createSecret', version))).toBe('upstream_rate_limited');
    expect(await driver.call('createSecret', version)).toHaveProperty('said');
  });

  it('is given up after five requests that were refused', async () => {
    const driver = new Driver(world.secret(), tally);
    const version = await driver.begin();
    for (let request = 0; request < 5; request += 1) {
      world.fault({ kind: 'status', status: 429 });
      expect(codeOf(await driver.call('createSecret', version))).toBe('upstream_rate_limited');
    }
    const said = messageOf(await driver.call('createSecret', version));
    expect(said).toContain('5 requests to reset the token have been refused');
    expect(said).toContain(`--remove-from-version-id ${version}`);
    await driver.secret.callOff(version);
    expect(await driver.finish(await driver.begin())).not.toBe(version);
  });

  it('is not sent again where it left no trace, and the way out is told', async () => {
    const driver = new Driver(world.secret(), tally);
    const version = await driver.begin();
    const before = resets();
    world.fault({ kind: 'drop-before' });
    await driver.call('createSecret', version);
    expect(codeOf(await driver.call('createSecret', version))).toBe('upstream_busy');
    driver.clock.advance(QUIET_MS + 1);
    const outcome = await driver.call('createSecret', version);
    expect(codeOf(outcome)).toBe('not_possible');
    expect(messageOf(outcome)).toContain('aws secretsmanager rotate-secret');
    expect(resets()).toBe(before);
    await driver.secret.callOff(version);
    const next = await driver.begin();
    expect(await driver.finish(next)).toBe(next);
    expect(resets() - before).toBe(1);
  });

  it('holds back the next rotation until its quiet period is over', async () => {
    const driver = new Driver(world.secret(), tally);
    const version = await driver.begin();
    world.fault({ kind: 'drop-before' });
    await driver.call('createSecret', version);
    await driver.secret.callOff(version);
    const next = await driver.begin();
    expect(codeOf(await driver.call('createSecret', next))).toBe('upstream_busy');
    driver.clock.advance(QUIET_MS + 1);
    expect(await driver.call('createSecret', next)).toHaveProperty('said');
  });

  it.each(LIVES)(
    'keeps every token where the call freezes at point %i and goes on after another rotation',
    async (point) => {
      const driver = new Driver(world.secret(), tally);
      const version = await driver.begin();
      const life = new Life(point);
      if ((await driver.call('createSecret', version, life)) !== 'died') return;
      driver.clock.advance(QUIET_MS + 1);
      const last = await driver.finish(version);
      const late = await life.thaw();
      await world.settle();
      driver.judge();
      // A reset cannot be called back: where it is late, its token is in the store, and the watch adopts it.
      const accepted = fingerprintOf(world.deployment.currentToken());
      const held = driver.secret.view.versions().map(({ text }) => fingerprintOf(text ?? ''));
      expect(held).toContain(accepted);
      expect(driver.secret.view.labels()).toMatchObject({ AWSCURRENT: last });
      expect(late).toBeDefined();
      expect(tally).toMatchObject({ doubleResets: 0, lost: 0, wrongCurrent: 0 });
    },
  );

  it('whose plan fails leaves the old token current, and says so', async () => {
    const driver = new Driver(world.secret(), tally);
    const version = await driver.begin();
    world.deployment.failNextPlan();
    await driver.call('createSecret', version);
    await world.settle();
    const outcome = await driver.call('setSecret', version);
    expect(messageOf(outcome)).toContain('has not gone through');
    expect(codeOf(await driver.call('finishSecret', version))).toBe('not_accepted');
    expect(fingerprintOf(driver.secret.view.current() ?? '')).toBe(
      fingerprintOf(world.deployment.currentToken()),
    );
  });

  it('is waited for by testSecret, as long as the call may, and nothing is current before it is accepted', async () => {
    const driver = new Driver(world.secret(), tally);
    const version = await driver.begin();
    const before = driver.secret.view.current();
    world.deployment.holdPlanPending();
    await driver.call('createSecret', version);
    expect(await driver.call('setSecret', version)).toMatchObject({
      said: expect.stringContaining('on its way'),
    });
    const begun = driver.clock.now();
    const outcome = await driver.call('testSecret', version, new Life(), 5_000);
    expect(codeOf(outcome)).toBe('not_accepted');
    expect(driver.clock.now() - begun).toBe(5_000);
    expect(codeOf(await driver.call('finishSecret', version))).toBe('not_accepted');
    expect(driver.secret.view.current()).toBe(before);
    await finishPlan(world.sandbox, world.deployment.name);
    world.deployment.releasePlan();
    expect(await driver.finish(version)).toBe(version);
  });

  it('refuses the version whose token somebody else has replaced, and the next rotation goes on', async () => {
    const driver = new Driver(world.secret(), tally);
    const version = await driver.begin();
    await driver.call('createSecret', version);
    await world.settle();
    world.deployment.resetByColleague();
    await world.settle();
    expect(messageOf(await driver.call('finishSecret', version))).toContain('which somebody else has set');
    await driver.secret.callOff(version);
    const next = await driver.begin();
    expect(await driver.finish(next)).toBe(next);
    expect(tally).toMatchObject({ doubleResets: 0, lost: 0, wrongCurrent: 0 });
  });
});

function codeOf(outcome: Outcome): string | undefined {
  return outcome !== 'died' && 'error' in outcome ? outcome.error.code : undefined;
}

function messageOf(outcome: Outcome): string {
  if (outcome === 'died' || 'said' in outcome) return '';
  return `${outcome.error.message} ${outcome.error.hint ?? ''}`;
}

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fingerprintOf } from '../../src/rotation/secret.js';
import { createRandom } from '../../src/sandbox/random.js';
import { Driver, ORDER, Tally } from './driver.js';
import { Life } from './life.js';
import { DrivenWorld, type Kind } from './world.js';

const HISTORIES = 12;
const CALLS = 10;
/** Of one step, about. */
const POINTS = 14;

describe.each<Kind>(['elastic-cloud', 'fleet'])('a rotation that AWS drives, with issuer %s', (kind) => {
  const tally = new Tally();
  let world: DrivenWorld;

  beforeAll(async () => {
    world = await DrivenWorld.start(kind);
  });

  afterAll(async () => {
    await world.close();
    process.stdout.write(`${kind}: ${String(tally)}\n`);
  });

  it('gives the same answer to each step that is repeated', async () => {
    const driver = new Driver(world.secret(), tally);
    const version = await driver.begin();
    for (const step of ORDER) {
      expect(await driver.insist(step, version)).toBeUndefined();
      // Until then a policy is saved again: the first save may have come through by half.
      await world.settle();
      const changes = changesIn(world);
      expect(await driver.call(step, version)).toHaveProperty('said');
      await driver.call(step, version);
      expect(changesIn(world)).toEqual(changes);
    }
    expectCurrent(driver, version);
  });

  it('comes to the same end from every order of the steps', async () => {
    for (const order of permutations(ORDER)) {
      const driver = new Driver(world.secret(), tally);
      const version = await driver.begin();
      for (const step of order) await driver.call(step, version);
      expect(await driver.finish(version)).toBe(version);
      expectCurrent(driver, version);
    }
    expect(tally).toMatchObject({ doubleResets: 0, lost: 0, wrongCurrent: 0 });
  });

  it('refuses an old ClientRequestToken once another rotation has made its version current', async () => {
    const driver = new Driver(world.secret(), tally);
    const old = await driver.finish(await driver.begin());
    const version = await driver.finish(await driver.begin());
    const changes = changesIn(world);
    for (const step of ORDER) {
      expect(await driver.call(step, old)).toMatchObject({ error: { code: 'store_refused' } });
    }
    expect(changesIn(world)).toEqual(changes);
    expectCurrent(driver, version);
  });

  it('does not touch a rotation that is going on when the one before it is called again', async () => {
    const driver = new Driver(world.secret(), tally);
    const before = await driver.finish(await driver.begin());
    const version = await driver.begin();
    await driver.insist('createSecret', version);
    const { view } = driver.secret;
    const held = view.labels();
    for (const step of ORDER) expect(await driver.call(step, before)).toHaveProperty('said');
    expect(view.labels()).toEqual(held);
    expect(await driver.finish(version)).toBe(version);
    expectCurrent(driver, version);
  });

  it.each(ORDER.slice(0, 3))(
    'takes up what a rotation has left that was called off after %s',
    async (last) => {
      const driver = new Driver(world.secret(), tally);
      const first = await driver.begin();
      for (const step of ORDER.slice(0, ORDER.indexOf(last) + 1)) await driver.insist(step, first);
      await driver.secret.cancel();
      await driver.secret.callOff(first);
      // AWS may delete a version without a label.
      expect(driver.secret.view.versions().find(({ id }) => id === first)?.labels).not.toEqual([]);
      const resets = world.ledger.of('token.reset').length;
      const second = await driver.begin();
      expect(await driver.finish(second)).toBe(second);
      expectCurrent(driver, second);
      // The token of the first is in force and in no current version: a second reset would be one too many.
      expect(world.ledger.of('token.reset')).toHaveLength(resets);
      expect(
        Object.keys(driver.secret.view.labels()).filter((label) => label.startsWith('rotor-note')),
      ).toEqual([]);
    },
  );

  it('makes one change where one step is called twice at one moment', async () => {
    const driver = new Driver(world.secret(), tally);
    const version = await driver.begin();
    const changes = changesIn(world);
    await Promise.all([driver.call('createSecret', version), driver.call('createSecret', version)]);
    await driver.insist('createSecret', version);
    expect(changesIn(world).resets - changes.resets).toBe(kind === 'fleet' ? 0 : 1);
    expect(await driver.finish(version)).toBe(version);
    expectCurrent(driver, version);
  });

  it('loses nothing in histories of any steps, repeats, orders and deaths', async () => {
    const random = createRandom(7);
    for (let history = 0; history < HISTORIES; history += 1) {
      const driver = new Driver(world.secret(), tally);
      const version = await driver.begin();
      for (let call = 0; call < CALLS; call += 1) {
        const life = random.int(2) === 0 ? new Life() : new Life(random.int(POINTS));
        await driver.call(random.pick(ORDER), version, life);
        if (random.int(3) === 0) await world.settle();
      }
      expectCurrent(driver, await driver.finish(version));
    }
    expect(tally).toMatchObject({ doubleResets: 0, lost: 0, wrongCurrent: 0 });
    expect(tally.deaths).toBeGreaterThan(HISTORIES);
  });
});

function changesIn({ ledger }: DrivenWorld): { resets: number; saves: number } {
  return { resets: ledger.of('token.reset').length, saves: ledger.of('policy.saved').length };
}

function expectCurrent({ secret }: Driver, version: string): void {
  expect(secret.view.labels()).toMatchObject({ AWSCURRENT: version, AWSPENDING: version });
  const current = fingerprintOf(secret.tokenIn(secret.view.current()));
  const accepted = secret.world.deployment.acceptedFingerprints().map(({ fingerprint }) => fingerprint);
  expect(new Set(accepted)).toEqual(new Set([current]));
}

function permutations<T>(list: readonly T[]): T[][] {
  if (list.length === 0) return [[]];
  return list.flatMap((one, index) => permutations(list.toSpliced(index, 1)).map((rest) => [one, ...rest]));
}

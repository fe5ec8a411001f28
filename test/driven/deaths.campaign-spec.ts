import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { StepName } from '../../src/rotation/driven/rotation-step.js';
import { fingerprintOf } from '../../src/rotation/secret.js';
import { Driver, ORDER, Tally } from './driver.js';
import { Life } from './life.js';
import { DrivenWorld, type Kind } from './world.js';

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

  it.each(ORDER)('loses and resets nothing twice where %s dies at any of its points', async (dying) => {
    let point = 0;
    while (await diesAt(point, dying)) point += 1;
    expect(point).toBeGreaterThan(5);
    expect(tally).toMatchObject({ doubleResets: 0, lost: 0, wrongCurrent: 0 });
  });

  /** Whether there is such a point. AWS calls again, and the rotation comes to its end. */
  async function diesAt(point: number, dying: StepName): Promise<boolean> {
    const driver = new Driver(world.secret(), tally);
    const version = await driver.begin();
    for (const step of ORDER.slice(0, ORDER.indexOf(dying))) await driver.insist(step, version);
    const outcome = await driver.call(dying, version, new Life(point));
    expectFinished(driver, await driver.finish(version));
    return outcome === 'died';
  }

  function expectFinished({ secret }: Driver, version: string): void {
    const labels = secret.view.labels();
    expect(labels).toMatchObject({ AWSCURRENT: version, AWSPENDING: version });
    expect(Object.keys(labels).filter((label) => label.startsWith('rotor-'))).toEqual([]);
    const current = fingerprintOf(secret.tokenIn(secret.view.current()));
    const accepted = world.deployment.acceptedFingerprints().map(({ fingerprint }) => fingerprint);
    expect(new Set(accepted)).toEqual(new Set([current]));
  }
});

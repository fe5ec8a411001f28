import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { claimedRun, refused } from '../contracts/journal.contract.js';
import type { FakeSettableIssuer } from '../fakes/fake-issuer.js';
import { settable, type Harness } from '../rotation/harness.js';
import { ApiWorld } from '../triggers/api-world.js';
import { rotorHere as rotor } from './in-process.js';

const NOBODYS = 'ffffffff';

let upstream: Harness<FakeSettableIssuer>;
let world: ApiWorld;
let env: Record<string, string>;

beforeAll(async () => {
  upstream = await settable();
  await upstream.targets[0]?.deliver(upstream.issuer.inForce, new AbortController().signal);
  // Every rotation of this world has the same upstream.
  world = await ApiWorld.open({
    others: { docs: { env: 'staging' }, search: { env: 'prod' } },
    ports: () => upstream.ports,
  });
  await world.app.listen(0, '127.0.0.1');
  env = { ROTOR_ADDR: (await world.app.getUrl()).replace('[::1]', '127.0.0.1'), ROTOR_TOKEN: world.token };
});
afterAll(async () => world.close());

/** Where it is said to be, or perhaps to be. */
async function where(fingerprint: string) {
  const { exit, stdout } = await rotor(['where', fingerprint], env);
  return { exit, places: stdout.match(/(?<=^[0-9a-f]{8}, looked for in )\w+$/gm) ?? [] };
}

it('does not say that nobody has a token while it could not be seen everywhere', async () => {
  expect(await where(NOBODYS)).toEqual({ exit: 2, places: [] });
  upstream.issuer.readable = false;
  const masked = await where(NOBODYS);
  upstream.issuer.readable = true;
  expect(masked).toEqual({ exit: 6, places: ['checkout', 'docs', 'search'] });
});

it('nor while a change is on its way, and of several places it ends with the worst', async () => {
  const { claim } = await claimedRun(world.journal, { rotation: 'docs', storeKey: 'docs' });
  const alone = await where(NOBODYS);
  upstream.issuer.readable = false;
  const masked = await where(NOBODYS);
  upstream.issuer.readable = true;
  const before = upstream.issuer.inForce;
  const wrong = await where(upstream.issuer.changeByOthers().fingerprint);
  upstream.issuer.changeByOthers(before);
  await world.journal.append(claim, { state: refused });
  const all = ['checkout', 'docs', 'search'];
  expect([alone, masked, wrong]).toEqual([
    { exit: 8, places: ['docs'] },
    { exit: 6, places: all },
    { exit: 3, places: all },
  ]);
});

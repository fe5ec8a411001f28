import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { install, type Clock } from '@sinonjs/fake-timers';
import { AssumedRole } from '../../src/aws/assumed-role.js';
import type { TemporaryKeys } from '../../src/aws/sts.js';

const GOOD_FOR_MS = 9 * 60_000;

let clock: Clock;
let asked: number;
let hangs: boolean;
let role: AssumedRole;

/** STS, which answers at once or hangs until whoever asked gives up. */
async function assume(signal: AbortSignal): Promise<TemporaryKeys> {
  asked += 1;
  if (hangs)
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
  return {
    accessKeyId: `key-${asked}`,
    secretAccessKey: '-',
    sessionToken: '-',
    expiration: new Date(Date.now() + GOOD_FOR_MS),
  };
}

const keyId = async (): Promise<string> => (await role.credentials()).accessKeyId;

beforeEach(() => {
  clock = install({ toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout'] });
  [asked, hangs] = [0, false];
  role = new AssumedRole(assume);
});
afterEach(() => clock.uninstall());

it('gives keys that are good without waiting for an STS that hangs, and asks it again', async () => {
  expect(await keyId()).toBe('key-1');
  hangs = true;
  for (let ms = 0; ms < 120_000; ms += 20_000) {
    await clock.tickAsync(20_000);
    expect(await keyId()).toBe('key-1');
  }
  expect(asked).toBe(7);
  hangs = false;
  await clock.tickAsync(20_000);
  await keyId();
  await clock.tickAsync(0);
  expect(await keyId()).toBe('key-8');
});

it('says within 20 s that STS does not answer where no keys are good any more, and takes new ones once it does', async () => {
  await keyId();
  hangs = true;
  await clock.tickAsync(GOOD_FOR_MS);
  const late = keyId().catch((error: unknown) => error);
  await clock.tickAsync(20_000);
  expect(await late).toMatchObject({ name: 'TimeoutError' });
  hangs = false;
  expect(await keyId()).toBe('key-3');
});

import { expect, it } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';
import { Heartbeats } from '../../src/notifiers/healthchecks/heartbeats.js';
import type { Pinger } from '../../src/notifiers/healthchecks/pinger.js';
import { VirtualClock } from '../fakes/virtual-clock.js';

const MINUTE = 60_000;

it('pings keep their time where the clock of the machine is set', async () => {
  const clock = new VirtualClock();
  let pings = 0;
  const ping: Pinger = async () => `answered OK ${(pings += 1)}`;
  const observer = { sent: () => undefined, failed: () => undefined };
  const heartbeats = new Heartbeats(new Map([['dead', { ping, everyMs: MINUTE }]]), { clock, observer });
  const beat = async (): Promise<number> => {
    heartbeats.beat('success', 'x');
    await setImmediate();
    return pings;
  };
  expect(await beat()).toBe(1);
  clock.stepWall(60 * MINUTE);
  expect(await beat()).toBe(1);
  clock.stepWall(-120 * MINUTE);
  clock.advance(MINUTE);
  expect(await beat()).toBe(2);
  await heartbeats.stop();
});

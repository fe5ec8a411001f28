import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SchedulerRegistry } from '@nestjs/schedule';
import { randomUUID } from 'node:crypto';
import type http from 'node:http';
import { schedulerStalled } from '../../src/events/of-the-service.js';
import { createPinger, type Pinger } from '../../src/notifiers/healthchecks/pinger.js';
import { Heartbeats } from '../../src/notifiers/healthchecks/heartbeats.js';
import { createNotifier } from '../../src/notifiers/index.js';
import { STALLED_AFTER_MS, StallTrigger } from '../../src/triggers/stall.trigger.js';
import { GONE_AFTER_MS } from '../../src/triggers/stalled-others.js';
import { ScheduleTrigger } from '../../src/triggers/schedule.trigger.js';
import { errorOf, everythingIn } from '../contracts/target.contract.js';
import { never } from '../fakes/never.js';
import { until } from '../fakes/until.js';
import { ApiWorld } from '../triggers/api-world.js';
import { HOST, Receiver } from '../webhooks/receiver.js';
import { LIMITS, PLACE, postingTo } from './sending.js';

const MINUTE = 60_000;
const config = {
  type: 'healthchecks',
  on: [],
  source: 'urn:rotor',
  url: PLACE,
  everyMs: MINUTE,
  limits: LIMITS,
} as const;

/** A check, known by its UUID, which answers as https://healthchecks.io/docs/http_api/ says. */
class Check {
  readonly pings: string[] = [];
  answers: ((response: http.ServerResponse) => void)[] = [];
  readonly uuid = randomUUID();

  private constructor(private readonly receiver: Receiver) {}

  static async start(): Promise<Check> {
    const check = new Check(await Receiver.start());
    check.receiver.answer = (response) => check.#answer(response);
    return check;
  }

  get url(): string {
    return `https://${HOST}:${this.receiver.port}/${this.uuid}`;
  }

  get tries(): number {
    return this.receiver.received.length;
  }

  async close(): Promise<void> {
    await this.receiver.close();
  }

  #answer(response: http.ServerResponse): void {
    const instead = this.answers.shift();
    if (instead) return instead(response);
    const [, uuid, ping = 'success'] = this.receiver.received.at(-1)?.url?.split('/') ?? [];
    const isKnown = uuid === this.uuid;
    if (isKnown) this.pings.push(ping);
    response.writeHead(200, { 'content-type': 'text/plain' }).end(isKnown ? 'OK' : 'OK (not found)');
  }
}

describe('a notifier of type healthchecks', () => {
  let check: Check;

  beforeEach(async () => {
    check = await Check.start();
  });
  afterEach(async () => check.close());

  const pinger = (url = check.url): Pinger => createPinger(config, postingTo(url));

  it('pings success, failure, and the log of the check where somebody tries it', async () => {
    expect(await pinger()('success', 'x', never())).toBe('answered OK');
    await pinger(`${check.url}/`)('fail', 'x', never());
    await createNotifier(config, postingTo(check.url)).send({ id: 'evt_1', body: '{}' }, never());
    expect(check.pings).toEqual(['success', 'fail', 'log']);
  });

  it.each([
    [200, 'OK (not found)', 'upstream_not_found'],
    [200, 'OK (rate limited)', 'upstream_rate_limited'],
    [404, 'not found', 'upstream_not_found'],
    [409, 'ambiguous slug', 'upstream_busy'],
    [200, '<html>', 'upstream_malformed'],
  ])(
    'does not take %s %s for a ping that counts, and never prints the address',
    async (status, text, code) => {
      check.answers.push((response) => response.writeHead(status).end(text));
      const error = await errorOf(pinger()('success', 'x', never()));
      expect(error.code).toBe(code);
      expect(everythingIn(error)).not.toContain(check.uuid);
    },
  );

  describe('of a service', () => {
    let world: ApiWorld;

    beforeEach(async () => {
      const checks = new Map([['dead', { ping: pinger(), everyMs: MINUTE }]]);
      world = await ApiWorld.open({ checks });
      // Each test ticks for itself.
      for (const name of ['due', 'stall']) world.app.get(SchedulerRegistry).deleteInterval(name);
    });
    afterEach(async () => world.close());

    const look = async (): Promise<void> => world.app.get(StallTrigger).tick();
    const readSchedule = async (): Promise<void> => world.app.get(ScheduleTrigger).tick();
    /** What has arrived there may be under way here: then the next look says it. */
    const isPingedAgain = async (): Promise<void> =>
      until('it is pinged again', async () => {
        await look();
        return check.pings.length === 2;
      });
    const told = async () => {
      const { body } = await world.ask('GET', '/v1/notifications');
      return (body['notifications'] as { event: string }[]).map(({ event }) => event).toReversed();
    };

    it('is pinged once in its time while the schedule is read, and not without a new tick', async () => {
      await readSchedule();
      await look();
      await until('it is pinged', () => check.pings.length === 1);
      await readSchedule();
      await look();
      world.clock.advance(MINUTE);
      await look();
      expect(check.tries).toBe(1);
      await readSchedule();
      await isPingedAgain();
      expect(check.pings).toEqual(['success', 'success']);
    });

    it('is pinged again with the next look where a ping failed', async () => {
      check.answers.push((response) => response.writeHead(500).end());
      await readSchedule();
      await look();
      await until('it has failed', () => check.tries === 1);
      await until('it is pinged', async () => {
        await readSchedule();
        world.clock.advance(1_000);
        await look();
        return check.pings.length === 1;
      });
      expect(check.pings).toEqual(['success']);
    });

    it('is pinged at once when the schedule stalls, and when it is read again', async () => {
      world.app.get(Heartbeats).use(new Map([['dead', { ping: pinger(), everyMs: 60 * MINUTE }]]));
      await readSchedule();
      await look();
      await until('it is pinged', () => check.pings.length === 1);
      world.clock.advance(STALLED_AFTER_MS + 1);
      // What has arrived there may be under way here: then the next look says it.
      await until('it is pinged for a failure', async () => {
        await look();
        return check.pings.length === 2;
      });
      await readSchedule();
      await until('it is pinged again', async () => {
        await look();
        return check.pings.length === 3;
      });
      expect(check.pings).toEqual(['success', 'fail', 'success']);
    });

    it('hears of no stall where the clock was put forward, or the machine wakes from a suspension', async () => {
      await readSchedule();
      await look();
      await until('it is pinged', () => check.pings.length === 1);
      world.clock.stepWall(STALLED_AFTER_MS + 1);
      await look();
      await look();
      world.clock.advance(STALLED_AFTER_MS + 1);
      await look();
      await readSchedule();
      await isPingedAgain();
      expect(check.pings).toEqual(['success', 'success']);
      expect(await told()).toEqual([]);
    });

    it('is pinged for a failure, and notifiers are told once, when the schedule stalls, and of its end', async () => {
      await look();
      expect(check.tries).toBe(0);
      world.clock.advance(STALLED_AFTER_MS + 1);
      await look();
      world.clock.advance(MINUTE);
      await look();
      await until('it is pinged', () => check.pings.length > 0);
      expect(check.pings[0]).toBe('fail');
      expect(await told()).toEqual(['scheduler.stalled']);
      await readSchedule();
      await look();
      await look();
      expect(await told()).toEqual(['scheduler.stalled', 'scheduler.resumed']);
    });

    describe('beside a process that has stalled', () => {
      const stalled = schedulerStalled('other-pod', 1_000, undefined);
      const tell = async (): Promise<void> =>
        world.journal.notifications.flip(stalled.rotation, 'scheduler', 'stalled since 1000', stalled);
      const word = async (text: string): Promise<void> =>
        world.journal.notifications.flipBack(stalled.rotation, 'scheduler there', text, () => undefined);
      const passing = async (ms: number): Promise<void> => {
        for (let passed = 0; passed < ms; passed += MINUTE) {
          world.clock.advance(MINUTE);
          await readSchedule();
          await look();
        }
      };

      it('tells that it is gone once nothing was heard of it for ten minutes, and once', async () => {
        await tell();
        await word('1');
        await passing(MINUTE);
        await passing(GONE_AFTER_MS - MINUTE);
        expect(await told()).toEqual(['scheduler.stalled']);
        await passing(MINUTE);
        expect(await told()).toEqual(['scheduler.stalled', 'scheduler.gone']);
        await passing(2 * GONE_AFTER_MS);
        expect(await told()).toHaveLength(2);
      });

      it('tells nothing as long as that one says that it is there, and nothing while it is stalled itself', async () => {
        await tell();
        for (let number = 1; number < 6; number += 1) {
          await word(String(number));
          await passing(5 * MINUTE);
        }
        expect(await told()).toEqual(['scheduler.stalled']);
        world.clock.advance(2 * GONE_AFTER_MS);
        await look();
        await look();
        expect(await told()).toEqual(['scheduler.stalled', 'scheduler.stalled']);
      });

      it('tells nothing of one that has never said that it is there, as an older version does not', async () => {
        await tell();
        await passing(2 * GONE_AFTER_MS);
        expect(await told()).toEqual(['scheduler.stalled']);
      });

      it('tells of it again where it comes back and is stalled still', async () => {
        await tell();
        await word('1');
        await passing(GONE_AFTER_MS + 2 * MINUTE);
        await tell();
        expect(await told()).toEqual(['scheduler.stalled', 'scheduler.gone', 'scheduler.stalled']);
      });
    });

    it('says now and then that it is there, as long as it has stalled', async () => {
      world.clock.advance(STALLED_AFTER_MS + 1);
      await look();
      await look();
      const there = async () => world.journal.notifications.standings('scheduler there');
      const first = await there();
      expect(first.size).toBe(1);
      world.clock.advance(MINUTE);
      await look();
      expect(await there()).not.toEqual(first);
    });
  });
});

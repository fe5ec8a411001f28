import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventData, type EventName } from '../../src/events/schemas.js';
import type { Journal } from '../../src/journal/journal.js';
import type { Subscribed } from '../../src/journal/notifications.js';
import type { Delivery } from '../../src/rotation/delivery.js';
import type { RunState } from '../../src/rotation/run.js';
import { receiverNotesContract } from './journal-receiver-notes.contract.js';
import { standingsContract } from './journal-standings.contract.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import {
  aRun,
  claimedRun,
  pin,
  refused,
  settled,
  type JournalHarness,
  type MakeJournal,
} from './journal.contract.js';

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;
/** Longer than a sender may take. */
const LEASE = HOUR;
const ADDRESS = 'https://hooks.example.com/rotor';

const stalled = (reason: 'upstream_forbidden' | 'upstream_timeout', detail = 'no'): RunState => ({
  state: 'promoting',
  aim: { goal: 'candidate', wanted: pin, own: [pin], previous: pin, expected: pin.version },
  tries: 1,
  oldStillAccepted: false,
  stalled: { reason, detail, since: 0 },
});

/** Somebody hears of `checkout` and its like; of the others nobody. */
const subscribed: Subscribed = (rotation) =>
  rotation.startsWith('checkout') ? [{ notifier: 'ops', source: 'urn:rotor:test' }] : [];

/** Every promise in the prose of `notifications.ts`. */
export function notificationsContract(name: string, make: MakeJournal): void {
  standingsContract(name, async (clock) => make(clock, subscribed));
  receiverNotesContract(name, async (clock) => make(clock, subscribed));
  describe(`notifications ${name}`, () => {
    let clock: VirtualClock;
    let harness: JournalHarness;
    let journal: Journal;

    beforeEach(async () => {
      clock = new VirtualClock();
      harness = await make(clock, subscribed);
      ({ journal } = harness);
    });
    afterEach(async () => harness.close());

    const next = async (notifier = 'ops') => journal.notifications.claim(notifier, ADDRESS);
    const all = async () => (await journal.notifications.list({ limit: 100 })).toReversed();
    const names = async () => (await all()).map((one) => one.name);
    const sendAll = async (): Promise<string[]> => {
      const sent = [];
      for (let one = await next(); one; one = await next()) {
        sent.push((JSON.parse(one.body) as { type: string }).type);
        await journal.notifications.sent(one);
      }
      return sent;
    };

    it('tells of what happened to a run, each with data that its schema knows, in order', async () => {
      const { claim } = await claimedRun(journal, { mode: 'adopt' });
      const delivery: Delivery = { target: 'web', state: 'failed', fingerprint: pin.fingerprint, tries: 2 };
      await journal.append(claim, { state: stalled('upstream_timeout') });
      await journal.act({ what: 'pause', rotation: 'checkout', reason: 'a freeze', until: DAY });
      await journal.act({ what: 'resume', rotation: 'checkout', reason: 'over' });
      await journal.append(claim, { deliveries: [delivery] });
      await journal.append(claim, { state: refused });
      expect(await names()).toEqual([
        'rotation.started',
        'rotation.stalled',
        'rotation.paused',
        'rotation.resumed',
        'delivery.failed',
        'rotation.unstalled',
        'rotation.failed',
      ]);
      for (let one = await next(); one; one = await next()) {
        const event = JSON.parse(one.body) as {
          type: string;
          data: unknown;
          subject: string;
          source: string;
        };
        const named = event.type.replace(/^dev\.rotor\.|\.v1$/g, '') as EventName;
        expect(eventData[named].safeParse(event.data).error).toBeUndefined();
        expect(event).toMatchObject({ id: one.event, subject: 'checkout', source: 'urn:rotor:test' });
        await journal.notifications.sent(one);
      }
    });

    it('says once that a run is stalled, and again where it is for another reason', async () => {
      const { claim } = await claimedRun(journal, { mode: 'adopt' });
      await journal.append(claim, { state: stalled('upstream_timeout', 'first') });
      await journal.append(claim, { state: stalled('upstream_timeout', 'second') });
      await journal.append(claim, { note: 'looked' });
      await journal.append(claim, { state: stalled('upstream_forbidden') });
      expect(await names()).toEqual(['rotation.started', 'rotation.stalled', 'rotation.stalled']);
    });

    it('writes nothing of an entry that is refused, and nothing for a rotation that nobody listens to', async () => {
      const { claim } = await claimedRun(journal);
      await journal.append(claim, { state: refused });
      await expect(journal.append(claim, { state: settled })).rejects.toThrow('cannot move');
      const late = journal.append({ ...claim, epoch: 0 }, { state: refused });
      await expect(late).rejects.toMatchObject({ code: 'lease_lost' });
      await journal.open(aRun({ rotation: 'other', storeKey: 'store:other' }));
      expect(await names()).toEqual(['rotation.started', 'rotation.failed']);
    });

    it('opens one run and tells once of it, however often the same request comes', async () => {
      const request = { key: 'k', hash: 'h' };
      await journal.open(aRun({ request }));
      await journal.open(aRun({ request }));
      expect(await names()).toEqual(['rotation.started']);
    });

    it('survives that it is opened anew', async () => {
      await journal.open(aRun());
      journal = await harness.reopen();
      expect(await sendAll()).toEqual(['dev.rotor.rotation.started.v1']);
    });

    it('hands the events of one rotation out one after the other, and waits for one that is tried again', async () => {
      await journal.act({ what: 'pause', rotation: 'checkout', reason: 'first' });
      await journal.act({ what: 'resume', rotation: 'checkout', reason: 'second' });
      const first = await next();
      expect(first).toMatchObject({ tries: 0, isGone: false });
      expect(await next()).toBeUndefined();
      if (first) await journal.notifications.failed(first, { problem: 'down', againInMs: HOUR });
      expect(await next()).toBeUndefined();
      await harness.passLease(HOUR);
      const again = await next();
      expect(again).toMatchObject({ id: first?.id, event: first?.event, body: first?.body, tries: 1 });
      expect(again?.ageMs).toBeGreaterThanOrEqual(HOUR);
      if (again) await journal.notifications.sent(again);
      expect(await sendAll()).toEqual(['dev.rotor.rotation.resumed.v1']);
    });

    it('hands each to one of many who ask at one moment', async () => {
      const rotations = Array.from({ length: 6 }, (_, number) => `checkout-${number}`);
      for (const rotation of rotations) await journal.act({ what: 'resume', rotation, reason: 'over' });
      const claims = await Promise.all(Array.from({ length: 12 }, async () => next()));
      const handedOut = claims.flatMap((claim) => (claim ? [claim.id] : []));
      expect(new Set(handedOut).size).toBe(handedOut.length);
      for (let one = await next(); one; one = await next()) handedOut.push(one.id);
      expect(new Set(handedOut).size).toBe(rotations.length);
    });

    it('hands one out again whose sender died, and takes no word of it from that sender any more', async () => {
      await journal.open(aRun());
      const first = await next();
      if (!first) throw new Error('nothing to send');
      await harness.passLease(LEASE);
      const second = await next();
      expect(second).toMatchObject({ event: first.event, body: first.body });
      await journal.notifications.sent(first);
      await journal.notifications.failed(first, { problem: 'late' });
      expect(await all()).toMatchObject([{ state: 'waiting', tries: 0 }]);
      if (second) await journal.notifications.sent(second);
      expect(await all()).toMatchObject([{ state: 'sent' }]);
    });

    it('counts for each notifier what waits and what was given up, and since when', async () => {
      expect(await journal.notifications.outstanding()).toEqual([]);
      const at = clock.now();
      await claimedRun(journal, {});
      clock.advance(1_000);
      await journal.act({ what: 'pause', rotation: 'checkout', reason: 'a freeze' });
      const [only, ...none] = await journal.notifications.outstanding();
      expect(none).toEqual([]);
      expect(only).toMatchObject({ waiting: 2, dead: 0, waitingSince: at });
      const claim = await journal.notifications.claim(only?.notifier ?? '', ADDRESS);
      if (!claim) throw new Error('nothing was handed out');
      await journal.notifications.failed(claim, { problem: 'nobody is there' });
      expect(await journal.notifications.outstanding()).toMatchObject([
        { waiting: 1, dead: 1, waitingSince: at + 1_000 },
      ]);
    });

    it('shows what was given up, lets the next one go, and sends it again when a person says so', async () => {
      await journal.act({ what: 'pause', rotation: 'checkout', reason: 'first' });
      await journal.act({ what: 'resume', rotation: 'checkout', reason: 'second' });
      const first = await next();
      if (first) await journal.notifications.failed(first, { problem: 'answered 500' });
      expect(await journal.notifications.list({ state: 'dead', limit: 10 })).toMatchObject([
        { id: first?.id, name: 'rotation.paused', tries: 1, problem: 'answered 500' },
      ]);
      expect(await sendAll()).toEqual(['dev.rotor.rotation.resumed.v1']);
      const again = await journal.notifications.replay(first?.id ?? '');
      expect(again).toMatchObject({ state: 'waiting', tries: 0 });
      expect(again).not.toHaveProperty('problem');
      expect(await sendAll()).toEqual(['dev.rotor.rotation.paused.v1']);
    });

    it('sends nothing again that was sent or waits, or is not there', async () => {
      await journal.open(aRun());
      const [only] = await all();
      const replay = async (id = only?.id ?? '') => journal.notifications.replay(id);
      await expect(replay()).rejects.toMatchObject({ code: 'not_possible' });
      await sendAll();
      await expect(replay()).rejects.toMatchObject({ code: 'not_possible' });
      await expect(replay('evt_0.ops')).rejects.toMatchObject({ code: 'not_found' });
    });

    it('knows a receiver that is gone by its address, until something is sent again', async () => {
      await journal.act({ what: 'pause', rotation: 'checkout', reason: 'first' });
      await journal.act({ what: 'resume', rotation: 'checkout', reason: 'second' });
      const first = await next();
      if (first) await journal.notifications.failed(first, { problem: '410', goneAt: ADDRESS });
      const other = await journal.notifications.claim('ops', 'https://other.example.com/');
      expect(other).toMatchObject({ isGone: false });
      await harness.passLease(LEASE);
      expect(await next()).toMatchObject({ isGone: true });
      await harness.passLease(LEASE);
      await journal.notifications.replay(first?.id ?? '');
      expect(await next()).toMatchObject({ isGone: false });
    });

    it('gives up what waits for a notifier that is no longer there, once it is old', async () => {
      await journal.open(aRun());
      await harness.passLease(2 * DAY);
      await journal.notifications.buryOthers(['ops'], DAY);
      await journal.notifications.buryOthers([], 3 * DAY);
      expect(await all()).toMatchObject([{ state: 'waiting' }]);
      await journal.notifications.buryOthers(['other'], DAY);
      expect(await all()).toMatchObject([{ state: 'dead', problem: expect.stringContaining('no such') }]);
    });

    it('forgets after thirty days what was sent, and never what waits', async () => {
      await journal.act({ what: 'pause', rotation: 'checkout', reason: 'first' });
      await sendAll();
      clock.advance(31 * DAY);
      await journal.act({ what: 'resume', rotation: 'checkout', reason: 'second' });
      const [, later] = await all();
      expect(later).toMatchObject({ name: 'rotation.resumed' });
      await sendAll();
      expect(await all()).toMatchObject([{ name: 'rotation.resumed', state: 'sent' }]);
    });

    it('lists page by page, newest first', async () => {
      for (const reason of ['1', '2', '3'])
        await journal.act({ what: 'resume', rotation: 'checkout', reason });
      const [newest] = await journal.notifications.list({ limit: 1 });
      const rest = await journal.notifications.list({ limit: 5, after: newest?.id ?? '' });
      expect(rest).toHaveLength(2);
      expect(rest.map(({ id }) => id)).not.toContain(newest?.id);
    });
  });
}

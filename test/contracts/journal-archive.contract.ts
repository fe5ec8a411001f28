import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { PastRun, Period } from '../../src/journal/archive.js';
import type { Aim, Run, RunState, StateOf } from '../../src/rotation/run.js';
import type { Fingerprint } from '../../src/rotation/secret.js';
import type { Pin, VersionId } from '../../src/stores/store.js';
import { until } from '../fakes/until.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import { claimedRun, refused, type JournalHarness } from './journal.contract.js';

const HOUR = 60 * 60_000;
const MANY = 110;

const pin = (digit: string): Pin => ({
  version: `v-${digit}` as VersionId,
  fingerprint: digit.repeat(8) as Fingerprint,
});
const OLD = pin('0');
const NEW = pin('1');
const LOST = pin('2');

const prepared: RunState = { state: 'prepared', previous: OLD, expected: OLD.version };
const aimAt = (wanted: Pin): Aim => ({
  goal: 'candidate',
  wanted,
  own: [wanted],
  previous: OLD,
  expected: OLD.version,
});
const setting = (wanted: Pin): StateOf<'setting'> => ({
  state: 'setting',
  aim: aimAt(wanted),
  precondition: '',
  tries: 1,
  resets: 0,
});
const settled: RunState = { state: 'settled', current: NEW, previous: OLD, oldStillAccepted: false };
const WAY: readonly RunState[] = [
  prepared,
  setting(NEW),
  { state: 'accepting', aim: aimAt(NEW), since: 0, deadline: 0, resets: 0 },
  { state: 'promoting', aim: aimAt(NEW), tries: 1, oldStillAccepted: false },
  { state: 'settling', aim: aimAt(NEW), promotedAt: 0, oldStillAccepted: false },
  settled,
];
const succeeded: RunState = {
  state: 'ended',
  outcome: 'succeeded',
  detail: 'so it is',
  current: NEW,
  previous: OLD,
};

/** What is asked of years of runs: the promises of `archive.ts`. */
export function archiveContract(name: string, make: (clock: VirtualClock) => Promise<JournalHarness>): void {
  describe(`journal ${name}, which is asked of years of runs`, () => {
    let clock: VirtualClock;
    let harness: JournalHarness;

    beforeEach(async () => {
      clock = new VirtualClock();
      harness = await make(clock);
    });
    afterEach(async () => harness.close());

    /** A second after the one before it. */
    const run = async (rotation: string, ...states: RunState[]): Promise<Run> => {
      clock.advance(1_000);
      const opened = await claimedRun(harness.journal, { rotation, storeKey: `store:${rotation}` });
      for (const state of states) await harness.journal.append(opened.claim, { state });
      return opened.run;
    };
    const rotated = async (rotation = 'checkout') => run(rotation, ...WAY, succeeded);
    const had = async ({ fingerprint }: Pin, rotations?: readonly string[]) => {
      const found = await harness.journal.archive.withToken(fingerprint, 10, rotations);
      return found.map(({ run: { id }, as, version }) => [id, as, version]);
    };
    const startedIn = async (period: Period): Promise<PastRun[]> => {
      const all: PastRun[] = [];
      for await (const past of harness.journal.archive.startedIn(period)) all.push(past);
      return all;
    };

    it('names the runs that a token was at hand in, with its version, oldest first', async () => {
      const first = await rotated();
      const other = await rotated('billing');
      expect(await had(NEW)).toEqual([
        [first.id, 'new', NEW.version],
        [other.id, 'new', NEW.version],
      ]);
      expect(await had(OLD, ['billing'])).toEqual([[other.id, 'previous', OLD.version]]);
      expect(await had(OLD, [])).toEqual([]);
      expect(await had(LOST)).toEqual([]);
      expect(await harness.journal.archive.withToken(NEW.fingerprint, 1)).toHaveLength(1);
      expect((await harness.journal.verify()).faults).toEqual([]);
    });

    it('also a token that its run has given up since, at the moment at which it had it', async () => {
      const { id } = await run('checkout', prepared, setting(LOST));
      const at = clock.now();
      clock.advance(HOUR);
      expect(await had(LOST)).toEqual([[id, 'new', LOST.version]]);
      expect(await harness.journal.archive.withToken(LOST.fingerprint, 10)).toMatchObject([{ at }]);
    });

    it('files the tokens of what an older version has written at the next start', async () => {
      const { id } = await rotated();
      await harness.tamper('delete from token_version');
      await harness.tamper('update run set filed = 0');
      expect(await had(NEW)).toEqual([]);
      expect((await harness.journal.verify()).faults).toEqual([]);
      await harness.reopen();
      await until('its tokens are filed', async () => (await had(NEW)).length > 0);
      expect(await had(OLD)).toEqual([[id, 'previous', OLD.version]]);
    });

    it.each([
      ['taken out', "delete from token_version where role = 'new'"],
      ['changed', "update token_version set version = 'v-x'"],
      [
        'put in',
        "insert into token_version select '99999999', run_id, role, rotation, version, at from token_version where role = 'new'",
      ],
    ])('finds by its entries where a token was %s', async (_how, change) => {
      const { id } = await rotated();
      await harness.tamper(change);
      expect((await harness.journal.verify()).faults).toEqual([
        { run: id, seq: null, what: 'its tokens are not filed as its entries say' },
      ]);
    });

    it('lists the runs of a period, its first moment with it and its last without, page after page', async () => {
      const began = clock.now() + 1_000;
      for (let index = 0; index < MANY; index += 1) await run('checkout', refused);
      const all = await startedIn({ from: began, to: clock.now() + 1 });
      expect(new Set(all.map((past) => past.run.id)).size).toBe(MANY);
      expect(all.map((past) => past.run.startedAt)).toEqual(
        all.map((past) => past.run.startedAt).toSorted((a, b) => a - b),
      );
      expect(await startedIn({ from: began, to: clock.now() })).toHaveLength(MANY - 1);
      expect(await startedIn({ from: began + 1, to: clock.now() })).toHaveLength(MANY - 2);
      expect(await startedIn({ from: 0, to: began })).toEqual([]);
    });

    it('tells of each whether it has stalled, a person asked something of it, and when its token was current', async () => {
      const from = clock.now();
      await rotated();
      clock.advance(1_000);
      const { run: stuck, claim } = await claimedRun(harness.journal, {
        trigger: { kind: 'api', reason: 'says "stalled":{ and "asked":{ itself' },
      });
      const { journal } = harness;
      await journal.append(claim, { note: 'says "stalled":{ and "asked":{ itself' });
      expect(await startedIn({ from, to: clock.now() + 1 })).toMatchObject([
        { hasStalled: false, wasAsked: false, settledAt: expect.any(Number) },
        { hasStalled: false, wasAsked: false },
      ]);
      await journal.append(claim, { state: prepared });
      const since = clock.now();
      const stalled = { reason: 'upstream_timeout', detail: 'no answer', since } as const;
      await journal.append(claim, { state: { ...setting(NEW), stalled } });
      await journal.ask(stuck.id, { what: 'retry', reason: 'it is back' }, () => undefined);
      await journal.append(claim, { asked: null });
      await journal.append(claim, { state: refused });
      const [, second] = await startedIn({ from, to: clock.now() + 1 });
      expect(second).toMatchObject({ hasStalled: true, wasAsked: true });
      expect(second).not.toHaveProperty('settledAt');
    });

    it('knows with which token a period began, and since when', async () => {
      const { journal } = harness;
      const seen = clock.now();
      await journal.histories(['checkout', 'never']);
      const { id } = await rotated();
      const at = clock.now();
      clock.advance(HOUR);
      const from = clock.now();
      await journal.histories(['later']);
      expect(await journal.archive.before({ from, to: from })).toEqual([
        {
          rotation: 'checkout',
          firstSeenAt: seen,
          settledAt: at,
          rotatedAt: at,
          run: expect.objectContaining({ id }),
        },
        { rotation: 'never', firstSeenAt: seen },
      ]);
      expect(await journal.archive.before({ from: at, to: from + 1 })).toMatchObject([
        { rotation: 'checkout' },
        { rotation: 'later' },
        { rotation: 'never' },
      ]);
      expect((await journal.archive.before({ from: at, to: from }))[0]).not.toHaveProperty('settledAt');
    });

    it('knows the run that had begun before a period and whose token became current in it', async () => {
      const { journal } = harness;
      await journal.histories(['checkout']);
      await rotated();
      clock.advance(HOUR);
      const across = await claimedRun(journal, { rotation: 'checkout', storeKey: 'store:checkout' });
      clock.advance(HOUR);
      const from = clock.now();
      for (const state of [...WAY, succeeded]) await journal.append(across.claim, { state });
      clock.advance(HOUR);
      await rotated();
      const to = clock.now() + 1;
      const acrossOf = async (period: Period) => (await journal.archive.before(period))[0]?.across;
      expect(await acrossOf({ from, to })).toEqual({
        settledAt: from,
        run: expect.objectContaining({ id: across.run.id }),
      });
      expect(await acrossOf({ from: from - HOUR + 1, to: from })).toBeUndefined();
      expect(await acrossOf({ from: from - HOUR, to })).toBeUndefined();
      expect(await acrossOf({ from: from + 1, to })).toBeUndefined();
    });

    describe('whether its log holds in a period', () => {
      const ids: string[] = [];
      let period: Period;
      beforeEach(async () => {
        ids.length = 0;
        for (const rotation of ['one', 'two', 'three', 'four', 'five']) {
          ids.push((await run(rotation, refused)).id);
          clock.advance(HOUR);
        }
        const [, first, , last] = await Promise.all(ids.map(async (id) => harness.journal.find(id)));
        period = { from: first?.startedAt ?? 0, to: (last?.startedAt ?? 0) + 1 };
      });
      const faults = async () => (await harness.journal.archive.verify(period)).faults;
      const hashOf = async (id: string | undefined) => {
        for await (const line of harness.journal.exportAudit())
          if (line.run === id && line.seq === 1) return line.hash;
        return undefined;
      };

      it('counts what is of the period, and its head is the first entry of its newest run', async () => {
        await harness.journal.act({ what: 'pause', rotation: 'one', reason: 'after it' });
        expect(await harness.journal.archive.verify(period)).toEqual({
          runs: 3,
          entries: 6,
          acts: 0,
          head: await hashOf(ids[3]),
          faults: [],
        });
        const nothing = { from: period.to + 1, to: period.to + 2 };
        expect(await harness.journal.archive.verify(nothing)).toMatchObject({
          runs: 0,
          head: null,
          faults: [],
        });
      });

      it('names what was changed in it, and not what was changed long before', async () => {
        await harness.tamper(`update entry set at = at - 1 where run_id = '${ids[2]}' and seq = 2`);
        expect(await faults()).toMatchObject([{ run: ids[2], seq: 2 }]);
        await harness.tamper(`update entry set at = at - 1 where run_id = '${ids[0]}' and seq = 2`);
        expect(await faults()).toHaveLength(1);
      });

      it.each([1, 2, 3])('names runs that were removed from it, at its ends too: run %i', async (index) => {
        await harness.tamper(`delete from entry where run_id = '${ids[index]}'`);
        await harness.tamper(`delete from run where id = '${ids[index]}'`);
        expect(await faults()).toMatchObject([
          { run: ids[index + 1], what: '1 runs before it were removed' },
        ]);
      });
    });
  });
}

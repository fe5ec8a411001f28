import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { FORM } from '../../src/journal/forms.js';
import type { Claim, Journal, NewRun } from '../../src/journal/journal.js';
import type { Subscribed } from '../../src/journal/notifications.js';
import type { Fingerprint } from '../../src/rotation/secret.js';
import type { Pin, VersionId } from '../../src/stores/store.js';
import type { Run, RunState } from '../../src/rotation/run.js';
import { ALL_BUT_TIMEOUTS } from '../fakes/timeouts.js';
import { VirtualClock } from '../fakes/virtual-clock.js';

export type JournalHarness = {
  /** What somebody with access to the database does to it. */
  tamper(sql: string): Promise<void>;
  readonly journal: Journal;
  /** From now on it happens after every statement of the journal but its own, before who asked hears the answer. */
  meanwhile(work: (() => Promise<void>) | undefined): void;
  /** The same storage, opened anew as after a restart. */
  reopen(): Promise<Journal>;
  /** So much of every lease is over; less than 0: the clock that leases are kept by has stepped back. */
  passLease(ms: number): Promise<void>;
  close(): Promise<void>;
};

/** Nobody subscribes unless somebody is given. */
export type MakeJournal = (clock: VirtualClock, subscribed?: Subscribed) => Promise<JournalHarness>;

const LEASE_MS = 10_000;
export const pin: Pin = { version: 'v1' as VersionId, fingerprint: '0a1b2c3d' as Fingerprint };
export const settled: RunState = { state: 'settled', current: pin, oldStillAccepted: false };
export const refused: RunState = { state: 'ended', outcome: 'failed', reason: 'refused', detail: 'no' };

export function aRun(over: Partial<NewRun> = {}): NewRun {
  return {
    rotation: 'checkout',
    mode: 'rotate',
    trigger: { kind: 'api', reason: 'test' },
    storeKey: 'store:checkout',
    spec: { name: 'checkout' },
    policy: {
      probes: 3,
      settleReads: 3,
      probeIntervalMs: 1,
      acceptDeadlineMs: 1,
      quietPeriodMs: 1,
      prepareDeadlineMs: 1,
      maxConcurrentTargets: 1,
      retries: { max: 1, baseMs: 1, capMs: 1 },
    },
    ...over,
  };
}

/** A new run, and the right to work on it. */
export async function claimedRun(
  journal: Journal,
  over: Partial<NewRun> = {},
): Promise<{ run: Run; claim: Claim }> {
  const run = await journal.open(aRun(over));
  const claim = await journal.claim();
  if (claim?.runId !== run.id) throw new Error('another run was claimed');
  return { run, claim };
}

/** Every promise in the prose of `journal.ts`. */
export function journalContract(name: string, make: MakeJournal): void {
  describe(`journal ${name}`, () => {
    let clock: VirtualClock;
    let harness: JournalHarness;
    const resource = { key: 'r1', label: 'r1', address: {} };

    beforeEach(async () => {
      clock = new VirtualClock();
      harness = await make(clock);
    });
    afterEach(async () => {
      jest.useRealTimers();
      await harness.close();
    });

    const claimed = async (over: Partial<NewRun> = {}) => claimedRun(harness.journal, over);

    it('notes what a person asks whoever works on the run, wakes who waits for it, and keeps it until it is answered', async () => {
      const { run, claim } = await claimed();
      const { journal } = harness;
      const heard = journal.nextSign(run.id, AbortSignal.timeout(30_000));
      const asked = { what: 'retry', reason: 'the key is back' } as const;
      expect(await journal.ask(run.id, asked, () => undefined)).toMatchObject({ asked });
      await heard;
      expect(await journal.append(claim, { note: 'meanwhile' })).toMatchObject({ asked });
      expect(await journal.append(claim, { asked: null })).not.toHaveProperty('asked');
      expect(await journal.find(run.id)).not.toHaveProperty('asked');
      expect(await journal.entries(run.id)).toMatchObject([{}, { asked }, {}, { asked: null }]);
      expect(await journal.verify()).toMatchObject({ faults: [] });
    });

    it('notes nothing where it may not be asked of the run as it is by then, or there is none', async () => {
      const { run, claim } = await claimed();
      const { journal } = harness;
      await journal.append(claim, { state: refused });
      const hasEnded = (seen: Run): void => {
        if (seen.state.state === 'ended') throw new Error('it has ended');
      };
      const asked = { what: 'adopt', reason: 'test' } as const;
      await expect(journal.ask(run.id, asked, hasEnded)).rejects.toThrow('it has ended');
      await expect(journal.ask('run_0', asked, hasEnded)).rejects.toMatchObject({ code: 'not_found' });
      expect(await journal.find(run.id)).not.toHaveProperty('asked');
    });

    it('shows an entry and the run that it changed together, also after it was opened anew', async () => {
      const { run, claim } = await claimed();
      await harness.journal.append(claim, { resource, note: 'resolved' });
      await harness.journal.append(claim, { state: settled });
      const again = await harness.reopen();
      expect(await again.find(run.id)).toMatchObject({
        state: settled,
        resource,
        spec: { name: 'checkout' },
      });
      expect(await again.entries(run.id)).toMatchObject([
        { seq: 1, state: { state: 'preparing' } },
        { seq: 2, resource, note: 'resolved' },
        { seq: 3, state: settled },
      ]);
    });

    it('refuses a second active run of one rotation, and names the one that stands in the way', async () => {
      const run = await harness.journal.open(aRun());
      const second = harness.journal.open(aRun({ storeKey: 'store:other' }));
      await expect(second).rejects.toMatchObject({ code: 'rotation_in_progress', runId: run.id });
    });

    it('refuses a second active run of one store key', async () => {
      await harness.journal.open(aRun());
      const second = harness.journal.open(aRun({ rotation: 'other' }));
      await expect(second).rejects.toMatchObject({ code: 'rotation_in_progress' });
    });

    it('refuses an entry that names a resource which another active run holds', async () => {
      const first = await claimed();
      await harness.journal.append(first.claim, { resource });
      const second = await claimed({ rotation: 'other', storeKey: 'store:other' });
      const appended = harness.journal.append(second.claim, { resource });
      await expect(appended).rejects.toMatchObject({ code: 'rotation_in_progress', runId: first.run.id });
      expect(await harness.journal.entries(second.run.id)).toHaveLength(1);
    });

    it('gives the lock back with the state settled, and with an end', async () => {
      const first = await claimed();
      await harness.journal.append(first.claim, { state: settled });
      const second = await harness.journal.open(aRun());
      const claim = await harness.journal.claim();
      expect(claim?.runId).toBe(second.id);
      if (claim) await harness.journal.append(claim, { state: refused });
      await harness.journal.open(aRun());
    });

    it('refuses a run whose reason another one has served meanwhile, although that has ended', async () => {
      const first = await claimed();
      await harness.journal.append(first.claim, { state: refused });
      const served = { code: 'rotation_in_progress', runId: first.run.id };
      const late = harness.journal.open(aRun({ lastKnown: null }));
      await expect(late).rejects.toMatchObject(served);
      const older = harness.journal.open(aRun({ lastKnown: first.run.startedAt - 1 }));
      await expect(older).rejects.toMatchObject(served);
      const next = await harness.journal.open(aRun({ lastKnown: first.run.startedAt }));
      expect(next).not.toHaveProperty('lastKnown');
    });

    it('lets one of two who open a run at once have it', async () => {
      const both = await Promise.allSettled([harness.journal.open(aRun()), harness.journal.open(aRun())]);
      expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    });

    it('writes into each entry which form it is of', async () => {
      const { run, claim } = await claimed();
      await harness.journal.append(claim, { note: 'looked' });
      await harness.tamper(
        `update entry set body = replace(body, '"v":${FORM}', '"v":${FORM + 1}') where seq = 2`,
      );
      const read = harness.journal.entries(run.id);
      await expect(read).rejects.toMatchObject({ message: expect.stringContaining('newer version') });
    });

    it('neither hands out nor reads a run that a newer version has taken over meanwhile', async () => {
      const { run, claim } = await claimed();
      await harness.journal.release(claim);
      await harness.tamper(`update run set form = ${FORM + 1}`);
      expect(await harness.journal.claim()).toBeUndefined();
      const newer = {
        code: 'journal_unavailable',
        retryable: false,
        message: expect.stringContaining('newer version'),
      };
      await expect(harness.journal.find(run.id)).rejects.toMatchObject(newer);
      await expect(harness.journal.open(aRun())).rejects.toMatchObject(newer);
      await harness.tamper(`update run set form = ${FORM}`);
      expect(await harness.journal.claim()).toMatchObject({ runId: run.id });
    });

    it('never hands out an ended run', async () => {
      const { claim } = await claimed();
      await harness.journal.append(claim, { state: refused });
      await harness.passLease(LEASE_MS);
      expect(await harness.journal.claim()).toBeUndefined();
    });

    it('refuses a move that the table does not list, and keeps what was', async () => {
      const { run, claim } = await claimed();
      const aim = { goal: 'candidate', wanted: pin, own: [], expected: pin.version } as const;
      const illegal: RunState = { state: 'accepting', aim, since: 0, deadline: 0, resets: 0 };
      await expect(harness.journal.append(claim, { state: illegal })).rejects.toThrow('cannot move');
      expect(await harness.journal.find(run.id)).toMatchObject({ state: { state: 'preparing' } });
    });

    it('lists runs newest first, of one rotation or of all', async () => {
      const first = await claimed();
      await harness.journal.append(first.claim, { state: refused });
      clock.advance(1_000);
      const second = await harness.journal.open(aRun());
      await harness.journal.open(aRun({ rotation: 'other', storeKey: 'store:other' }));
      const listed = await harness.journal.list({ rotation: 'checkout', limit: 10 });
      expect(listed.map(({ id }) => id)).toEqual([second.id, first.run.id]);
      expect(await harness.journal.list({ limit: 10 })).toHaveLength(3);
      expect(await harness.journal.list({ limit: 1 })).toHaveLength(1);
    });

    it('wakes who waits for a change of a run, and who waits for work', async () => {
      // A sign that is lost is then waited for without end.
      jest.useFakeTimers({ doNotFake: [...ALL_BUT_TIMEOUTS] });
      const { run, claim } = await claimed();
      const never = new AbortController().signal;
      const changed = harness.journal.waitForChange(run.id, 1, 60_000, never);
      await harness.journal.append(claim, { note: 'news' });
      await changed;
      await harness.journal.waitForChange(run.id, 1, 60_000, never);
      const work = harness.journal.waitForWork(never);
      await harness.journal.open(aRun({ rotation: 'other', storeKey: 'store:other' }));
      expect(await work).toBeUndefined();
    });
  });
}

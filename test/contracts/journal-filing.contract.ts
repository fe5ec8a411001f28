import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Database } from '../../src/journal/database.js';
import type { RunState } from '../../src/rotation/run.js';
import { ALL_BUT_TIMEOUTS } from '../fakes/timeouts.js';
import { until } from '../fakes/until.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import { claimedRun, pin, refused, type JournalHarness } from './journal.contract.js';

const MINUTE = 60_000;

const prepared: RunState = { state: 'prepared', previous: pin, expected: pin.version };

/** What becomes of what an older version writes, which knows less by which runs are looked for. */
export function filingContract(
  name: string,
  make: (clock: VirtualClock) => Promise<JournalHarness>,
  { isShared }: Pick<Database, 'isShared'>,
): void {
  describe(`journal ${name}, beside an older version`, () => {
    let clock: VirtualClock;
    let harness: JournalHarness;

    beforeEach(async () => {
      clock = new VirtualClock();
      harness = await make(clock);
    });
    afterEach(async () => {
      jest.useRealTimers();
      await harness.close();
    });

    const run = async (): Promise<string> => {
      const opened = await claimedRun(harness.journal);
      for (const state of [prepared, refused]) await harness.journal.append(opened.claim, { state });
      return opened.run.id;
    };
    const withToken = async () => harness.journal.archive.withToken(pin.fingerprint, 10);

    if (isShared) {
      it('files while it runs what the older one goes on to write', async () => {
        jest.useFakeTimers({ doNotFake: [...ALL_BUT_TIMEOUTS] });
        const journal = await harness.reopen();
        const id = await run();
        const isFiled = async () =>
          (await withToken()).length > 0 && (await journal.list({ outcome: 'failed', limit: 1 })).length > 0;
        const writtenByTheOlder = async (): Promise<void> => {
          await harness.tamper('delete from token_version');
          await harness.tamper('update run set filed = 0, outcome = null');
          while (!(await isFiled())) {
            jest.advanceTimersByTime(MINUTE);
            await new Promise((resolve) => void setImmediate(resolve));
          }
        };
        await writtenByTheOlder();
        // The first time may have been the filing of the start.
        await writtenByTheOlder();
        expect(await withToken()).toMatchObject([{ run: { id }, as: 'previous', version: pin.version }]);
        expect((await journal.verify()).faults).toEqual([]);
      });
    }

    it('goes by the entry of the older one where that was the first to tell of a token', async () => {
      await run();
      const at = clock.now();
      await harness.tamper('update token_version set at = at + 1');
      await harness.tamper('update run set filed = seq - 1');
      expect((await withToken())[0]?.at).toBe(at + 1);
      await harness.reopen();
      await until('its tokens are filed', async () => (await withToken())[0]?.at === at);
      expect((await harness.journal.verify()).faults).toEqual([]);
    });

    it('files the others where somebody has made one look ended that goes on', async () => {
      const id = await run();
      await claimedRun(harness.journal);
      await harness.tamper(`update run set ended = 1 where id != '${id}'`);
      await harness.tamper('update run set outcome = null, started_by = null');
      const journal = await harness.reopen();
      const found = async () => journal.list({ outcome: 'failed', by: 'api', limit: 10 });
      await until('the other is filed', async () => (await found()).length > 0);
      expect(await found()).toMatchObject([{ id }]);
    });
  });
}

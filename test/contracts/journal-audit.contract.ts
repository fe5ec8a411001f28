import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RunState } from '../../src/rotation/run.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import { auditBesideContract } from './journal-audit-beside.contract.js';
import { auditPartContract } from './journal-audit-part.contract.js';
import { aRun, type JournalHarness } from './journal.contract.js';

const refused: RunState = { state: 'ended', outcome: 'failed', reason: 'refused', detail: 'no' };

/** What `verify` promises. */
export function auditContract(name: string, make: (clock: VirtualClock) => Promise<JournalHarness>): void {
  auditBesideContract(name, make);
  auditPartContract(name, make);
  describe(`journal ${name}, whose log somebody has altered`, () => {
    let harness: JournalHarness;
    const ids: string[] = [];
    const faults = async () => (await harness.journal.verify()).faults;

    beforeEach(async () => {
      harness = await make(new VirtualClock());
      ids.length = 0;
      for (const rotation of ['checkout', 'billing', 'shop']) {
        const run = await harness.journal.open(aRun({ rotation, storeKey: `store:${rotation}` }));
        const claim = await harness.journal.claim();
        if (claim?.runId !== run.id) throw new Error('another run was claimed');
        await harness.journal.append(claim, { resource: { key: rotation, label: rotation, address: {} } });
        await harness.journal.append(claim, { note: 'looked' });
        await harness.journal.append(claim, { state: refused });
        ids.push(run.id);
      }
    });

    afterEach(async () => harness.close());

    it('files what an older version has ended beside this one at the next start, and finds nothing wrong with it', async () => {
      await harness.tamper('update run set outcome = null');
      expect(await harness.journal.list({ outcome: 'failed', limit: 1 })).toEqual([]);
      expect((await harness.journal.verify()).faults).toEqual([]);
      const again = await harness.reopen();
      let found = await again.list({ outcome: 'failed', limit: 10 });
      while (found.length < ids.length) {
        await new Promise((resolve) => void setImmediate(resolve));
        found = await again.list({ outcome: 'failed', limit: 10 });
      }
      expect(found.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
    });

    it('files who has started what an older version has written at the next start as well', async () => {
      await harness.tamper('update run set started_by = null');
      expect(await harness.journal.list({ by: 'api', limit: 1 })).toEqual([]);
      expect(await faults()).toEqual([]);
      const again = await harness.reopen();
      let found = await again.list({ by: 'api', limit: 10 });
      while (found.length < ids.length) {
        await new Promise((resolve) => void setImmediate(resolve));
        found = await again.list({ by: 'api', limit: 10 });
      }
      expect(found.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
    });

    it('names a run that is filed under another who started it', async () => {
      await harness.tamper(`update run set started_by = 'ada' where id = '${ids[1]}'`);
      expect(await faults()).toMatchObject([{ run: ids[1], what: expect.stringContaining('changed') }]);
    });

    it('finds nothing where nobody has', async () => {
      const report = await (await harness.reopen()).verify();
      expect(report).toMatchObject({ runs: 3, entries: 12, faults: [] });
      expect(report.head).toMatch(/^[0-9a-f]{64}$/);
    });

    it.each([
      ['body', `body = '{"note":"nothing happened"}'`],
      ['body, so that nobody can read it,', `body = '{'`],
      ['time', 'at = at - 1'],
    ])('names an entry whose %s was changed', async (_what, change) => {
      await harness.tamper(`update entry set ${change} where run_id = '${ids[1]}' and seq = 3`);
      expect(await faults()).toMatchObject([
        { run: ids[1], seq: 3, what: expect.stringContaining('changed') },
      ]);
    });

    it('names an entry that was removed, at the end of a run too', async () => {
      await harness.tamper(`delete from entry where run_id = '${ids[0]}' and seq = 2`);
      await harness.tamper(`delete from entry where run_id = '${ids[1]}' and seq = 4`);
      expect(await faults()).toMatchObject([
        { run: ids[0], seq: 2, what: 'the entry was removed' },
        { run: ids[1], seq: 4, what: 'the entry was removed' },
        { run: ids[1], seq: null },
      ]);
    });

    it('names entries that have changed places', async () => {
      for (const [from, to] of [
        [2, 99],
        [3, 2],
        [99, 3],
      ])
        await harness.tamper(`update entry set seq = ${to} where run_id = '${ids[0]}' and seq = ${from}`);
      const found = await faults();
      expect(found.map(({ seq }) => seq)).toEqual([2, 3, 4]);
    });

    it('names the run before which another was removed', async () => {
      await harness.tamper(`delete from entry where run_id = '${ids[1]}'`);
      await harness.tamper(`delete from run where id = '${ids[1]}'`);
      expect(await faults()).toEqual([{ run: ids[2], seq: null, what: '1 runs before it were removed' }]);
    });

    it.each([
      [
        'what it was declared as',
        `body = replace(body, '"spec":{"name":"checkout"}', '"spec":{"name":"other"}')`,
      ],
      ['why it was started', `body = replace(body, '"reason":"test"', '"reason":"a leak"')`],
      ['its resource', `body = replace(body, '"label":"shop"', '"label":"stall"')`],
      ['the rotation that it is filed under', `rotation = 'checkout'`],
      ['when it was started', `started_at = started_at - 1`],
    ])('names a run in which somebody changed %s', async (_what, change) => {
      await harness.tamper(`update run set ${change} where id = '${ids[2]}'`);
      expect(await faults()).toEqual([
        { run: ids[2], seq: null, what: 'the run was changed: its entries say otherwise' },
      ]);
    });

    it('names a run that was put into another state than its entries say', async () => {
      await harness.tamper(
        `update run set body = replace(body, '"failed"', '"succeeded"') where id = '${ids[2]}'`,
      );
      expect(await faults()).toMatchObject([
        { run: ids[2], seq: null, what: expect.stringContaining('state') },
      ]);
    });

    describe('of what people have said between runs', () => {
      beforeEach(async () => {
        for (const reason of ['first', 'second', 'third'])
          await harness.journal.act({ what: 'pause', rotation: 'checkout', reason });
      });

      it('finds nothing where nobody has altered anything', async () => {
        expect(await (await harness.reopen()).verify()).toMatchObject({ acts: 3, faults: [] });
      });

      it.each([
        ['reason', `body = replace(body, 'second', 'another')`],
        ['time', 'at = at - 1'],
        ['rotation', `rotation = 'billing'`],
      ])('names an act whose %s was changed', async (_what, change) => {
        await harness.tamper(`update act set ${change} where number = 2`);
        expect(await faults()).toEqual([
          { run: null, seq: 2, what: 'the act was changed, or is not in its place' },
        ]);
      });

      it('names an act that was removed', async () => {
        await harness.tamper('delete from act where number = 2');
        expect(await faults()).toEqual([{ run: null, seq: 2, what: 'the act was removed' }]);
      });

      it('names acts that have changed places', async () => {
        for (const [from, to] of [
          [2, 99],
          [3, 2],
          [99, 3],
        ])
          await harness.tamper(`update act set number = ${to} where number = ${from}`);
        expect((await faults()).map(({ run, seq }) => [run, seq])).toEqual([
          [null, 2],
          [null, 3],
        ]);
      });
    });
  });
}

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { FeedPosition, Happening } from '../../src/journal/feed.js';
import type { Claim } from '../../src/journal/journal.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import { aRun, refused, type JournalHarness } from './journal.contract.js';

const HOUR = 60 * 60_000;
const SEED = 20261129;
const never = new AbortController().signal;

/** What the journal promises whoever reads all runs as one story. */
export function feedContract(name: string, make: (clock: VirtualClock) => Promise<JournalHarness>): void {
  describe(`journal ${name}, read as one story`, () => {
    let clock: VirtualClock;
    let harness: JournalHarness;
    let claims: Map<string, Claim>;
    const rotations = new Map<string, string>();

    beforeEach(async () => {
      clock = new VirtualClock();
      harness = await make(clock);
      claims = new Map();
    });
    afterEach(async () => harness.close());

    const open = async (rotation: string): Promise<void> => {
      const { id } = await harness.journal.open(aRun({ rotation, storeKey: rotation }));
      rotations.set(id, rotation);
      for (let claim = await harness.journal.claim(); claim; claim = await harness.journal.claim())
        claims.set(rotations.get(claim.runId) ?? '', claim);
    };
    const claimOf = (rotation: string): Claim => {
      const claim = claims.get(rotation);
      if (!claim) throw new Error(`${rotation} has no run`);
      return claim;
    };
    const note = async (rotation: string, text: string) =>
      harness.journal.append(claimOf(rotation), { note: text });
    const end = async (rotation: string): Promise<void> => {
      await harness.journal.append(claimOf(rotation), { state: refused });
      claims.delete(rotation);
    };
    const wordOf = (one: Happening): string => {
      if (one.run === null) return `${one.rotation} ${one.act.what}`;
      return `${one.rotation} ${one.entry.note ?? one.entry.state?.state ?? ''}`;
    };
    const read = async (after: FeedPosition, limit = 100, of?: readonly string[]) => {
      const { feed } = harness.journal;
      const { happenings, ...page } = await feed.page(after, { limit, ...(of && { rotations: of }) });
      return { ...page, words: happenings.map(wordOf), happenings };
    };
    /** Page by page, until there is no more. */
    const readOn = async (after: FeedPosition, limit: number) => {
      const words: string[] = [];
      const happenings: Happening[] = [];
      let position = after;
      for (let isMore = true; isMore;) {
        const page = await read(position, limit);
        words.push(...page.words);
        happenings.push(...page.happenings);
        ({ position, isMore } = page);
      }
      return { words, happenings, position };
    };

    it('tells what was written to several runs, and what people have said, in the order of time', async () => {
      const { feed } = harness.journal;
      const start = await feed.from();
      await open('checkout');
      clock.advance(1_000);
      await open('search');
      clock.advance(1_000);
      await harness.journal.act({ what: 'pause', rotation: 'docs', reason: 'freeze', by: 'ada' });
      clock.advance(1_000);
      await note('checkout', 'looked');
      clock.advance(1_000);
      await end('checkout');
      const { words, position, isMore, happenings } = await read(start);
      expect(words).toEqual([
        'checkout preparing',
        'search preparing',
        'docs pause',
        'checkout looked',
        'checkout ended',
      ]);
      expect(isMore).toBe(false);
      expect(happenings[0]).toMatchObject({ mode: 'rotate', startedBy: 'api', entry: { seq: 1 } });
      expect((await read(position)).words).toEqual([]);
      await note('search', 'later');
      expect((await read(position)).words).toEqual(['search later']);
    });

    it('goes on after each event as if there had been no break', async () => {
      const start = await harness.journal.feed.from();
      await open('checkout');
      await open('search');
      await note('checkout', 'a');
      await harness.journal.act({ what: 'resume', rotation: 'docs', reason: 'done' });
      await end('checkout');
      clock.advance(1_000);
      for (const text of ['b', 'c', 'd']) await note('search', text);
      const all = await read(start);
      for (const [index, { position }] of all.happenings.entries())
        expect((await read(position)).words).toEqual(all.words.slice(index + 1));
      for (const limit of [1, 2, 3]) expect((await readOn(start, limit)).words).toEqual(all.words);
    });

    it('misses nothing and tells nothing twice, however it is read, also where the clock steps back', async () => {
      const names = ['one', 'two', 'three'];
      const step = fc.record({
        name: fc.constantFrom(...names),
        what: fc.constantFrom('open', 'note', 'end', 'act', 'denied', 'read'),
        limit: fc.integer({ min: 1, max: 4 }),
        ms: fc.integer({ min: -100, max: 100 }),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
          let position = await harness.journal.feed.from();
          const written: string[] = [];
          const seen: string[] = [];
          const inRuns = new Map<string, number[]>();
          const see = ({
            words,
            happenings,
          }: {
            words: string[];
            happenings: readonly Happening[];
          }): void => {
            seen.push(...words);
            for (const one of happenings)
              if (one.run !== null) inRuns.set(one.run, [...(inRuns.get(one.run) ?? []), one.entry.seq]);
          };
          for (const [index, { name: rotation, what, limit, ms }] of steps.entries()) {
            const word = `${rotation} ${index}`;
            clock.stepWall(ms);
            if (what === 'open' && !claims.has(rotation)) {
              await open(rotation);
              written.push(`${rotation} preparing`);
            } else if (what === 'note' && claims.has(rotation)) {
              await note(rotation, String(index));
              written.push(word);
            } else if (what === 'end' && claims.has(rotation)) {
              await end(rotation);
              written.push(`${rotation} ended`);
            } else if (what === 'act') {
              await harness.journal.act({ what: 'resume', rotation, reason: 'x' });
              written.push(`${rotation} resume`);
            } else if (what === 'denied') {
              await harness.journal.act({ what: 'denied', by: 'x', operation: 'y' });
            } else if (what === 'read') {
              const page = await read(position, limit);
              see(page);
              ({ position } = page);
            }
          }
          const rest = await readOn(position, 3);
          see(rest);
          expect((await read(rest.position)).words).toEqual([]);
          for (const rotation of claims.keys()) written.push(`${rotation} ended`);
          for (const rotation of Array.from(claims.keys())) await end(rotation);
          see(await readOn(rest.position, 100));
          expect(seen.toSorted()).toEqual(written.toSorted());
          for (const seqs of inRuns.values()) expect(seqs).toEqual(seqs.map((_seq, index) => index + 1));
        }),
        { numRuns: 25, seed: SEED },
      );
    });

    it('begins at a moment, also in the middle of a run that has ended since', async () => {
      await open('checkout');
      await open('search');
      await harness.journal.act({ what: 'resume', rotation: 'docs', reason: 'long ago' });
      clock.advance(2 * HOUR);
      const since = clock.now();
      await note('checkout', 'lately');
      await end('checkout');
      await open('docs');
      await harness.journal.act({ what: 'resume', rotation: 'docs', reason: 'lately' });
      const { words } = await read(await harness.journal.feed.from(since));
      expect(words).toEqual(['checkout lately', 'checkout ended', 'docs preparing', 'docs resume']);
      const later = await harness.journal.feed.from(clock.now() + 1);
      expect((await read(later)).words).toEqual([]);
      await note('search', 'still there');
      expect((await read(later)).words).toEqual(['search still there']);
    });

    it('holds in a place no run of which it has told nothing yet', async () => {
      const start = await harness.journal.feed.from();
      for (let one = 0; one < 12; one += 1) {
        await open(`r${one}`);
        for (const text of ['a', 'b', 'c']) await note(`r${one}`, text);
        await end(`r${one}`);
        clock.advance(1_000);
      }
      const sizes: number[] = [];
      const told: string[] = [];
      let position = start;
      for (let isMore = true; isMore;) {
        const page = await read(position, 6);
        told.push(...page.words);
        sizes.push(page.position.open.size);
        ({ position, isMore } = page);
      }
      expect(told).toHaveLength(12 * 5);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(2);
    });

    it('tells of some rotations alone, to whom no others are of use', async () => {
      const start = await harness.journal.feed.from();
      for (const rotation of ['checkout', 'search', 'docs']) await open(rotation);
      await harness.journal.act({ what: 'resume', rotation: 'search', reason: 'x' });
      const first = await read(start, 1, ['search']);
      expect([first.words, first.isMore]).toEqual([['search preparing'], true]);
      const rest = await read(first.position, 10, ['search']);
      expect(rest.words).toEqual(['search resume']);
      await note('docs', 'unseen');
      expect((await read(rest.position, 10, ['search'])).words).toEqual([]);
      expect((await read(start, 10, [])).words).toEqual([]);
    });

    it('wakes who waits for anything at all, and nobody for what they do not see', async () => {
      const { feed } = harness.journal;
      const start = await feed.from();
      const woken: string[] = [];
      const waiting = async (who: string, of?: readonly string[], ms = 60_000) => {
        await feed.waitForMore(start, of ? { rotations: of } : {}, ms, never);
        woken.push(who);
      };
      const docs = waiting('docs', ['docs']);
      const all = waiting('all');
      await open('checkout');
      await all;
      await waiting('nobody', ['search'], 50);
      expect(woken).toEqual(['all', 'nobody']);
      await harness.journal.act({ what: 'resume', rotation: 'docs', reason: 'x' });
      await docs;
      expect(woken).toEqual(['all', 'nobody', 'docs']);
    });
  });
}

import { describe, expect, it } from '@jest/globals';
import { Listing, type Page } from '../../src/targets/lambda/listing.js';
import { never } from '../fakes/never.js';
import { until } from '../fakes/until.js';

const NAMES = Array.from({ length: 40 }, (_, index) => `f${index}`);

/** Pages of ten functions, each of which is given when it is let through. */
class Pages {
  asked = 0;
  readonly signals: AbortSignal[] = [];
  #gate = Promise.withResolvers<void>();

  constructor(private readonly names: readonly string[]) {
    this.#gate.resolve();
  }

  hold(): void {
    this.#gate = Promise.withResolvers<void>();
  }

  letThrough(): void {
    this.#gate.resolve();
  }

  readonly read = async (marker: string | undefined, signal: AbortSignal): Promise<Page> => {
    this.asked += 1;
    this.signals.push(signal);
    await this.#gate.promise;
    signal.throwIfAborted();
    const from = Number(marker ?? 0);
    const functions = this.names
      .slice(from, from + 10)
      .map((FunctionName) => ({ FunctionName, FunctionArn: `arn:${FunctionName}` }));
    return { functions, next: from + 10 < this.names.length ? String(from + 10) : undefined };
  };
}

const ended = async (work: Promise<unknown>): Promise<void> => {
  await expect(work).rejects.toMatchObject({ name: 'AbortError' });
};

describe('the list of functions', () => {
  it('is not read for a few that are named', async () => {
    const pages = new Pages(NAMES);
    const listed = await new Listing().read({ names: NAMES.slice(0, 20) }, pages.read, never());
    expect([pages.asked, listed.functions.size, listed.isMany]).toEqual([0, 0, false]);
  });

  it('is read once for all that look at the same time, and no further than the last that is wanted', async () => {
    const pages = new Pages([...NAMES, ...NAMES.map((name) => `${name}-other`)]);
    const listing = new Listing();
    const all = await Promise.all(
      NAMES.map(async (name) => listing.read({ names: [name] }, pages.read, never())),
    );
    expect(pages.asked).toBe(4);
    expect(all.every(({ functions }) => functions.has('f39') && functions.has('arn:f39'))).toBe(true);
  });

  it('is read anew for who comes while it is being read: of the first one a part may be older', async () => {
    const pages = new Pages(NAMES);
    const listing = new Listing();
    pages.hold();
    const first = listing.read({ names: NAMES }, pages.read, never());
    await until('it is read', () => pages.asked === 1);
    const second = listing.read({ names: NAMES }, pages.read, never());
    pages.letThrough();
    await Promise.all([first, second]);
    expect(pages.asked).toBe(8);
  });

  it('takes no more calls than to ask for each by name, and is left out where it would', async () => {
    const pages = new Pages([...Array.from({ length: 1_000 }, (_, index) => `g${index}`), ...NAMES]);
    const listing = new Listing();
    const listed = await listing.read({ names: NAMES }, pages.read, never());
    expect([pages.asked, listed.functions.size, listed.isMany]).toEqual([40, 0, true]);
    await listing.read({ names: NAMES }, pages.read, never());
    expect(pages.asked).toBe(40);
  });

  it('is read whole where a pattern is wanted', async () => {
    const pages = new Pages(NAMES);
    const matches = (name: string): boolean => name === 'f3' || name === 'f39';
    const { functions } = await new Listing().read({ names: [], matches }, pages.read, never());
    expect([...functions.keys()]).toEqual(['f3', 'arn:f3', 'f39', 'arn:f39']);
  });

  it('goes on for the others where one is stopped, and ends where nobody waits for it', async () => {
    const pages = new Pages(NAMES);
    const listing = new Listing();
    pages.hold();
    const [one, other] = [new AbortController(), new AbortController()];
    const looks = [one, other].map(async ({ signal }) =>
      ended(listing.read({ names: NAMES }, pages.read, signal)),
    );
    await until('it is read', () => pages.asked === 1);
    one.abort();
    await looks[0];
    expect(pages.signals[0]?.aborted).toBe(false);
    other.abort();
    await looks[1];
    expect(pages.signals[0]?.aborted).toBe(true);
  });

  it('is read for who comes after one that was stopped before it began', async () => {
    const pages = new Pages(NAMES);
    const listing = new Listing();
    const stopped = ended(listing.read({ names: NAMES }, pages.read, AbortSignal.abort()));
    const listed = await listing.read({ names: NAMES }, pages.read, never());
    await stopped;
    expect(listed.functions.has('f39')).toBe(true);
  });
});

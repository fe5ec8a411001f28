import { sql } from 'kysely';
import type { Millis, RunMode } from '../rotation/run.js';
import { NO_ROTATION } from './acts.js';
import type { Db } from './database.js';
import { guarded } from './guarded.js';
import { ANYTHING } from './database.js';
import type { Feed, FeedFilter, FeedPage, FeedPosition, Happening, SaidOfRotation } from './feed.js';
import { entryOf } from './forms.js';
import type { Waits } from './waits.js';

/** Runs that began before a moment and have ended since are looked for among so many. */
const LOOKED_BACK = 5_000;
/** A statement has room for some ten thousand values. */
const AT_ONCE = 1_000;

type FeedRun = {
  readonly id: string;
  readonly number: number;
  readonly rotation: string;
  readonly mode: string;
  readonly startedBy: string | null;
  readonly seq: number;
  readonly ended: number;
};

/** `by`: where it stands among all, never before what is before it in its own run. */
type Placed = { readonly by: Millis; readonly run: FeedRun | undefined; readonly seq: number } & {
  readonly happening: WithoutPosition<Happening>;
};
type WithoutPosition<T> = T extends unknown ? Omit<T, 'position'> : never;

export class KyselyFeed implements Feed {
  constructor(
    private readonly db: Db,
    private readonly waits: Waits,
  ) {}

  async from(since?: Millis): Promise<FeedPosition> {
    return guarded(async () => {
      const runs = since === undefined ? await this.#last('run') : await this.#lastBefore('run', since);
      const acts = since === undefined ? await this.#last('act') : await this.#lastBefore('act', since);
      return { runs, acts, open: await this.#openUpTo(runs, since) };
    });
  }

  async page(after: FeedPosition, { rotations, limit }: FeedFilter): Promise<FeedPage> {
    return guarded(async () => {
      // First: what is opened or said from here on is for the next page.
      const [lastRun, lastAct] = [await this.#last('run'), await this.#last('act')];
      const fresh = await this.#runs(rotations)
        .where('number', '>', after.runs)
        .where('number', '<=', lastRun)
        .orderBy('number')
        .limit(limit)
        .execute();
      const acts = await this.#acts(after.acts, lastAct, rotations, limit);
      const runs = [...(await this.#known(after, rotations)), ...fresh];
      const entries: Placed[] = [];
      for (const run of runs)
        entries.push(...(await this.#entries(run, after.open.get(run.number) ?? 0, limit)));
      const all = [...entries, ...acts].toSorted((a, b) => a.by - b.by);
      const shown = all.slice(0, limit);
      const isCut = fresh.length === limit || all.length > limit;
      // Of runs after the last one of which something is shown, the next page begins anew: a place would hold them all.
      const upTo = isCut
        ? Math.max(after.runs, ...shown.map(({ run }) => run?.number ?? 0))
        : Math.max(after.runs, lastRun);
      const open = new Map(
        runs.flatMap((run) => {
          if (run.number > upTo) return [];
          const read = after.open.get(run.number) ?? 0;
          return run.ended === 1 && run.seq <= read ? [] : [[run.number, read] as const];
        }),
      );
      const known = { runs: upTo, acts: after.acts, open };
      const happenings = shown.map((one) => passed(one, known));
      const isMore = isCut || acts.length === limit;
      if (!isMore) known.acts = Math.max(known.acts, lastAct);
      return { happenings, position: copyOf(known), isMore };
    });
  }

  async waitForMore(
    after: FeedPosition,
    filter: Omit<FeedFilter, 'limit'>,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<void> {
    const isThere = async (): Promise<boolean> =>
      (await this.page(after, { ...filter, limit: 1 })).happenings.length > 0;
    await this.waits.forChange(ANYTHING, isThere, timeoutMs, signal);
  }

  async #last(table: 'run' | 'act'): Promise<number> {
    const highest = this.db
      .selectFrom(table)
      .select(({ fn }) => fn.max<number | null>('number').as('number'));
    return (await highest.executeTakeFirstOrThrow()).number ?? 0;
  }

  /** Of those that were opened or said before that moment, and before all that came later. */
  async #lastBefore(table: 'run' | 'act', since: Millis): Promise<number> {
    const last = await this.#last(table);
    const { number } = await this.db
      .selectFrom(table)
      .select(({ fn }) => fn.min<number | null>('number').as('number'))
      .where(sql.ref(table === 'run' ? 'started_at' : 'at'), '>=', since)
      .executeTakeFirstOrThrow();
    return number === null ? last : Math.min(last, number - 1);
  }

  /** Those that go on, and those that have ended since; with what of them was written before. */
  async #openUpTo(number: number, since: Millis | undefined): Promise<Map<number, number>> {
    // By itself, or SQLite goes through all runs by their number.
    const unended = await this.#runs(undefined).where('ended', '=', 0).execute();
    const goingOn = unended.filter((run) => run.number <= number);
    if (since === undefined) return new Map(goingOn.map(({ number: one, seq }) => [one, seq]));
    const lately = await this.#runs(undefined)
      .where('number', '<=', number)
      .where('number', '>', number - LOOKED_BACK)
      .where('ended', '=', 1)
      .where((eb) =>
        eb.exists(
          eb
            .selectFrom('entry')
            .select('entry.at')
            .whereRef('entry.run_id', '=', 'run.id')
            .whereRef('entry.seq', '=', 'run.seq')
            .where('entry.at', '>=', since),
        ),
      )
      .execute();
    const open = new Map<number, number>();
    for (const run of [...goingOn, ...lately]) {
      const entries = this.db.selectFrom('entry').where('run_id', '=', run.id).where('at', '>=', since);
      const first = entries.select(({ fn }) => fn.min<number | null>('seq').as('seq'));
      const { seq } = await first.executeTakeFirstOrThrow();
      open.set(run.number, seq === null ? run.seq : seq - 1);
    }
    return open;
  }

  #runs(rotations: readonly string[] | undefined) {
    const all = this.db
      .selectFrom('run')
      .select(['id', 'number', 'rotation', 'mode', 'started_by as startedBy', 'seq', 'ended']);
    return rotations ? all.where('rotation', 'in', orNone(rotations)) : all;
  }

  async #known({ open }: FeedPosition, rotations: readonly string[] | undefined): Promise<FeedRun[]> {
    const numbers = [...open.keys()];
    const runs: FeedRun[] = [];
    for (let from = 0; from < numbers.length; from += AT_ONCE) {
      const some = numbers.slice(from, from + AT_ONCE);
      runs.push(...(await this.#runs(rotations).where('number', 'in', some).execute()));
    }
    return runs;
  }

  async #entries(run: FeedRun, read: number, limit: number): Promise<Placed[]> {
    if (run.seq <= read) return [];
    const rows = await this.db
      .selectFrom('entry')
      .selectAll()
      .where('run_id', '=', run.id)
      .where('seq', '>', read)
      .where('seq', '<=', run.seq)
      .orderBy('seq')
      // One more than is shown tells whether there is another page.
      .limit(limit + 1)
      .execute();
    let by = 0;
    return rows.map((row) => {
      by = Math.max(by, row.at);
      const { id, rotation, mode, startedBy } = run;
      const of = { run: id, rotation, mode: mode as RunMode, startedBy: startedBy ?? 'unknown' };
      return { by, run, seq: row.seq, happening: { ...of, entry: entryOf(row) } };
    });
  }

  /** What is done to the access to the API is for the audit log alone. */
  async #acts(
    read: number,
    last: number,
    rotations: readonly string[] | undefined,
    limit: number,
  ): Promise<Placed[]> {
    if (last <= read) return [];
    const all = this.db
      .selectFrom('act')
      .selectAll()
      .where('number', '>', read)
      .where('number', '<=', last)
      .where('rotation', '!=', NO_ROTATION);
    const wanted = rotations ? all.where('rotation', 'in', orNone(rotations)) : all;
    const rows = await wanted.orderBy('number').limit(limit).execute();
    let by = 0;
    return rows.map(({ number, at, rotation, body }) => {
      by = Math.max(by, at);
      const act = { rotation, ...(JSON.parse(body) as object) } as SaidOfRotation;
      return { by, run: undefined, seq: number, happening: { run: null, rotation, number, at, act } };
    });
  }
}

type Walked = { runs: number; acts: number; open: Map<number, number> };

/** Takes note of it, so that who goes on from there does not see it again. */
function passed({ run, seq, happening }: Placed, walked: Walked): Happening {
  if (!run) walked.acts = seq;
  else if (run.ended === 1 && run.seq === seq) walked.open.delete(run.number);
  else walked.open.set(run.number, seq);
  return { ...happening, position: copyOf(walked) };
}

function copyOf({ runs, acts, open }: Walked): FeedPosition {
  return { runs, acts, open: new Map(open) };
}

/** No rotation is named so: an empty list is no SQL. */
function orNone(rotations: readonly string[]): readonly string[] {
  return rotations.length > 0 ? rotations : [''];
}

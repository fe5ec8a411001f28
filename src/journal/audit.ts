import { setImmediate } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { RunState } from '../rotation/run.js';
import type { AuditFault, AuditProgress, AuditReport } from './journal.js';
import { verifyActs } from './acts.js';
import { hashOf } from './chain.js';
import type { Period } from './archive.js';
import type { Database, Db } from './database.js';
import { changeOf, runOf } from './forms.js';
import { followsFrom } from './opening.js';
import { rowOf, type RunRow } from './rows.js';
import type { Tables } from './tables.js';
import { tokensIn, type TokenVersionRow } from './token-versions.js';

/** Read without a break; a few milliseconds of work. */
const PAGE = 50;
/** No more entries than these are read at once, but for those of a single run. */
const MOST_ENTRIES = 1_000;
/** More of them would not tell more. */
const MAX_FAULTS = 100;

/** A run and all that is written of it, as they were in one moment. */
type Written = {
  readonly run: RunRow;
  readonly entries: readonly Tables['entry'][];
  readonly tokens: readonly TokenVersionRow[];
};

type Source = Pick<Database, 'db' | 'snapshot'>;

/** See `verifying`. */
export async function verify(database: Source, period?: Period): Promise<AuditReport> {
  const pages = verifying(database, period);
  for (;;) {
    const { done, value } = await pages.next();
    if (done === true) return value;
  }
}

/**
 * Goes through the chain, oldest run first, and names every place where it does not hold: the whole of it, or from the
 * run before a period to the one after it, by which runs that were removed at its ends show. Counted, and the head,
 * are those of the period. Each page is of one moment, and the whole is not: what is written meanwhile is no fault, and
 * is seen as far as its page is still to come. After each page it tells how far it is.
 */
export async function* verifying(
  { db, snapshot }: Source,
  period?: Period,
): AsyncGenerator<AuditProgress, AuditReport> {
  const faults: AuditFault[] = [];
  const sum = { runs: 0, entries: 0 };
  let head = '';
  let before = await linkBefore(db, period);
  let isPast = false;
  const next = async (): Promise<Written[]> => snapshot(async (tx) => pageAfter(tx, before.number));
  for (let page = await next(); page.length > 0 && !isPast; page = await next()) {
    for (const { run, entries, tokens } of page) {
      if (run.number !== before.number + 1) {
        faults.push({
          run: run.id,
          seq: null,
          what: `${run.number - before.number - 1} runs before it were removed`,
        });
      }
      faults.push(...faultsOf(run, entries, run.number === before.number + 1 ? before.hash : undefined));
      if (isMisfiled({ run, entries, tokens }))
        faults.push({ run: run.id, seq: null, what: 'its tokens are not filed as its entries say' });
      before = { number: run.number, hash: entries.find(({ seq }) => seq === 1)?.hash ?? '' };
      isPast = period !== undefined && run.started_at >= period.to;
      if (isPast) break;
      head = before.hash;
      sum.runs += 1;
      sum.entries += entries.length;
    }
    if (faults.length >= MAX_FAULTS) break;
    // SQLite answers at once, so that nothing else would get its turn: no lease renewed, no request answered.
    await setImmediate();
    yield { ...sum };
  }
  const said = await verifyActs(db, period);
  const found = [...faults, ...said.faults].slice(0, MAX_FAULTS);
  return { ...sum, acts: said.acts, head: head === '' ? null : head, faults: found };
}

/** Number and first hash of the run before; where that is missing, no hash can be right. */
async function linkBefore(db: Db, period: Period | undefined): Promise<{ number: number; hash: string }> {
  if (!period) return { number: 0, hash: '' };
  const last = await db
    .selectFrom('run')
    .innerJoin('entry', (join) => join.onRef('entry.run_id', '=', 'run.id').on('entry.seq', '=', 1))
    .select(['run.number', 'entry.hash'])
    .where('started_at', '<', period.from)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
  return last ?? { number: 0, hash: '' };
}

async function pageAfter(db: Db, number: number): Promise<Written[]> {
  const runs = someOf(await runsAfter(db, number));
  if (runs.length === 0) return [];
  const ids = runs.map(({ id }) => id);
  const entries = await db
    .selectFrom('entry')
    .selectAll()
    .where('run_id', 'in', ids)
    .orderBy('run_id')
    .orderBy('seq')
    .execute();
  const tokens = await db.selectFrom('token_version').selectAll().where('run_id', 'in', ids).execute();
  const entriesOf = Map.groupBy(entries, ({ run_id }) => run_id);
  const tokensOf = Map.groupBy(tokens, ({ run_id }) => run_id);
  return runs.map((run) => ({
    run,
    entries: entriesOf.get(run.id) ?? [],
    tokens: tokensOf.get(run.id) ?? [],
  }));
}

/** The first of them, that together have no more entries than may be read at once. */
function someOf(runs: readonly RunRow[]): readonly RunRow[] {
  let entries = 0;
  const end = runs.findIndex(({ seq }) => (entries += seq) > MOST_ENTRIES);
  return end === -1 ? runs : runs.slice(0, Math.max(1, end));
}

/** What an older Rotor has written beside this one is filed later. */
function isMisfiled({ run, entries, tokens }: Written): boolean {
  if (run.filed < run.seq) return false;
  try {
    return !isDeepStrictEqual(wordsOf(tokensIn(run, entries)), wordsOf(tokens));
  } catch {
    // Somebody made the text of an entry unreadable: the chain names it.
    return false;
  }
}

function wordsOf(rows: readonly TokenVersionRow[]): string[] {
  return rows
    .map(({ fingerprint, role, rotation, version, at }) =>
      [fingerprint, role, rotation, version, at].join(' '),
    )
    .toSorted();
}

async function runsAfter(db: Db, number: number): Promise<RunRow[]> {
  return db
    .selectFrom('run')
    .selectAll()
    .where('number', '>', number)
    .orderBy('number')
    .limit(PAGE)
    .execute();
}

/** `before` is the hash that the first entry must hold; undefined where the run that had it is gone. */
function faultsOf(
  run: RunRow,
  entries: readonly Tables['entry'][],
  before: string | undefined,
): AuditFault[] {
  const faults: AuditFault[] = [];
  const say = (seq: number | null, what: string): void => void faults.push({ run: run.id, seq, what });
  let last: { seq: number; hash: string | undefined } = { seq: 0, hash: before };
  for (const entry of entries) {
    for (let seq = last.seq + 1; seq < entry.seq; seq += 1) say(seq, 'the entry was removed');
    const follows = entry.seq === last.seq + 1 && last.hash !== undefined;
    if (follows && hashOf(last.hash ?? '', entry) !== entry.hash)
      say(entry.seq, 'the entry was changed, or is not in its place');
    last = { seq: entry.seq, hash: entry.hash };
  }
  for (let seq = last.seq + 1; seq <= run.seq; seq += 1) say(seq, 'the entry was removed');
  if (last.seq > run.seq) say(last.seq, 'the entry was added past the end of its run');
  if (last.seq === run.seq && last.hash !== run.head) say(null, 'the run does not end with its last entry');
  if (stateIn(entries) !== JSON.stringify(runOf(run).state))
    say(null, 'the run is in another state than its entries say');
  if (faults.length === 0 && (followsFrom(entries, runOf(run)) === false || !isFiledAsItIs(run)))
    say(null, 'the run was changed: its entries say otherwise');
  return faults;
}

/** What is searched by is what the run says. */
function isFiledAsItIs(run: RunRow): boolean {
  const { seq, epoch, lease_until, number, head } = run;
  const filed = rowOf(runOf(run), { seq, epoch, lease_until, number, head });
  const columns = [
    'rotation',
    'mode',
    'store_key',
    'resource_key',
    'active',
    'ended',
    'outcome',
    'started_by',
    'started_at',
  ] as const;
  // An older Rotor that writes beside this one leaves these for later.
  const isFiledLater = (column: (typeof columns)[number]): boolean =>
    (column === 'outcome' || column === 'started_by') && run[column] === null;
  return columns.every((column) => filed[column] === run[column] || isFiledLater(column));
}

function stateIn(entries: readonly Tables['entry'][]): string {
  return JSON.stringify(entries.map(stateOf).findLast((state) => state !== undefined));
}

function stateOf(entry: Tables['entry']): RunState | undefined {
  try {
    return changeOf(entry).state;
  } catch {
    // Somebody made its text unreadable: the chain names it.
    return undefined;
  }
}

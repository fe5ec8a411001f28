import { setImmediate } from 'node:timers/promises';
import { sql, type Selectable } from 'kysely';
import { asRotorError } from '../rotation/errors.js';
import type { Millis, Run, RunState } from '../rotation/run.js';
import { pinsOf } from '../rotation/story.js';
import { entriesOf } from './chain.js';
import type { Database, Db } from './database.js';
import { changeOf } from './forms.js';
import type { Tables } from './tables.js';

export type TokenVersionRow = Selectable<Tables['token_version']>;

type Of = Pick<Run, 'id' | 'rotation'>;

/** Those that the entry of this moment is the first to tell of, in its transaction. */
export async function fileTokens(db: Db, before: Run, run: Run, at: Millis): Promise<void> {
  const known = new Set(rowsOf(before, before.state, at).map(nameOf));
  const rows = rowsOf(run, run.state, at);
  const news = rows.filter((row) => !known.has(nameOf(row)));
  if (news.length === 0) return;
  const inserted = db.insertInto('token_version').values(news);
  await inserted.onConflict((conflict) => conflict.doNothing()).execute();
}

/** All that a run's entries tell of, each with the first one that does. */
export function tokensIn(run: Of, entries: readonly Tables['entry'][]): TokenVersionRow[] {
  const first = new Map<string, TokenVersionRow>();
  for (const entry of entries) {
    const { state } = changeOf(entry);
    for (const row of state ? rowsOf(run, state, entry.at) : []) {
      if (!first.has(nameOf(row))) first.set(nameOf(row), row);
    }
  }
  return [...first.values()];
}

function rowsOf({ id, rotation }: Of, state: RunState, at: Millis): TokenVersionRow[] {
  const { current, previous } = pinsOf(state);
  const rowOf = (role: 'new' | 'previous', pin: typeof current): TokenVersionRow[] =>
    pin ? [{ ...pin, run_id: id, role, rotation, at }] : [];
  return [...rowOf('new', current), ...rowOf('previous', previous)];
}

function nameOf({ fingerprint, role }: TokenVersionRow): string {
  return `${fingerprint} ${role}`;
}

/** Of one that an older Rotor was the first to tell of, an entry after it may have been taken for the first. */
async function fileAgain(db: Db, rows: readonly TokenVersionRow[]): Promise<void> {
  if (rows.length === 0) return;
  const inserted = db.insertInto('token_version').values(rows);
  const known = ['fingerprint', 'run_id', 'role'] as const;
  await inserted
    .onConflict((conflict) =>
      conflict.columns(known).doUpdateSet((eb) => ({
        version: eb.ref('excluded.version'),
        at: eb.ref('excluded.at'),
      })),
    )
    .execute();
}

const AT_ONCE = 50;

/**
 * Of runs that were written before they were filed so, or by the hand of an older Rotor beside this one. One whose
 * entries cannot be read is passed over: `verify` names it.
 */
export async function fileTokensLater(
  database: Pick<Database, 'db' | 'transaction'>,
  isOver: () => boolean,
): Promise<void> {
  for (let after = 0; !isOver(); await setImmediate()) {
    const runs = await database.db
      .selectFrom('run')
      .select(['id', 'rotation', 'number', 'seq'])
      .where(sql<boolean>`filed < seq`)
      .where('number', '>', after)
      .orderBy('number')
      .limit(AT_ONCE)
      .execute();
    const last = runs.at(-1);
    if (!last) return;
    after = last.number;
    await database.transaction(async (tx) => {
      for (const run of runs) await fileOf(tx, run);
    });
  }
}

async function fileOf(db: Db, run: Of & { readonly seq: number }): Promise<void> {
  const { id, seq } = run;
  const entries = (await entriesOf(db, id)).filter((entry) => entry.seq <= seq);
  try {
    await fileAgain(db, tokensIn(run, entries));
  } catch (error) {
    if (asRotorError(error).code !== 'journal_unavailable') throw error;
    return;
  }
  await db.updateTable('run').set({ filed: seq }).where('id', '=', id).where('filed', '<', seq).execute();
}

import { setImmediate } from 'node:timers/promises';
import { allActs, NO_ROTATION } from './acts.js';
import { entriesOf } from './chain.js';
import type { Db } from './database.js';
import { changeOf } from './forms.js';
import type { AuditLine, AuditPart } from './journal.js';

const PAGE = 50;

/** What the chains cover, in their order: the entries of each run, oldest run first, then what people have said. */
export async function* exported(db: Db, part: AuditPart): AsyncGenerator<AuditLine> {
  let after = 0;
  for (;;) {
    const runs = await runsAfter(db, after, part);
    for (const { id, rotation } of runs) {
      for (const entry of await entriesOf(db, id)) {
        const { seq, at, hash } = entry;
        yield { run: id, rotation, seq, at, what: changeOf(entry), hash };
      }
    }
    const last = runs.at(-1);
    if (!last) break;
    after = last.number;
    await setImmediate();
  }
  yield* actsIn(db, part);
}

async function runsAfter(db: Db, after: number, { rotation, from, to }: AuditPart) {
  let query = db.selectFrom('run').select(['id', 'rotation', 'number']).where('number', '>', after);
  if (rotation !== undefined) query = query.where('rotation', '=', rotation);
  if (from !== undefined) query = query.where('started_at', '>=', from);
  if (to !== undefined) query = query.where('started_at', '<', to);
  return query.orderBy('number').limit(PAGE).execute();
}

async function* actsIn(
  db: Db,
  { rotation: only, from = -Infinity, to = Infinity }: AuditPart,
): AsyncGenerator<AuditLine> {
  for await (const { number, at, rotation, body, hash } of allActs(db)) {
    if (at < from || at >= to || (only !== undefined && rotation !== only)) continue;
    const of = rotation === NO_ROTATION ? null : rotation;
    yield { run: null, rotation: of, seq: number, at, what: JSON.parse(body) as object, hash };
  }
}

import { setImmediate } from 'node:timers/promises';
import { allActs, NO_ROTATION } from './acts.js';
import { entriesOf } from './chain.js';
import type { Db } from './database.js';
import { changeOf } from './forms.js';
import type { AuditLine } from './journal.js';

const PAGE = 50;

/** All that the chains cover, in their order: the entries of each run, oldest run first, then what people have said. */
export async function* exported(db: Db): AsyncGenerator<AuditLine> {
  let after = 0;
  for (;;) {
    const runs = await db
      .selectFrom('run')
      .select(['id', 'rotation', 'number'])
      .where('number', '>', after)
      .orderBy('number')
      .limit(PAGE)
      .execute();
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
  yield* actsIn(db);
}

async function* actsIn(db: Db): AsyncGenerator<AuditLine> {
  for await (const { number, at, rotation, body, hash } of allActs(db)) {
    const of = rotation === NO_ROTATION ? null : rotation;
    yield { run: null, rotation: of, seq: number, at, what: JSON.parse(body) as object, hash };
  }
}

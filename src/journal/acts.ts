import type { Transaction } from 'kysely';
import { setImmediate } from 'node:timers/promises';
import type { Millis } from '../rotation/run.js';
import { wellFormed } from '../rotation/well-formed.js';
import type { Pause } from '../rotation/schedule/policy.js';
import type { Period } from './archive.js';
import type { Db } from './database.js';
import { digest } from './digest.js';
import type { Act } from './act.js';
import type { AuditFault } from './journal.js';
import type { Tables } from './tables.js';

/** Of an act that is about the service as a whole; no rotation is named so. */
export const NO_ROTATION = '';

type ActRow = Tables['act'];

/** Read without a break. */
const PAGE = 200;

/** What each act is chained to; none can be changed, removed or moved without every hash after it being wrong. */
function hashOf(before: string, { number, at, rotation, body }: Omit<ActRow, 'hash'>): string {
  return digest([before, number, at, rotation, body]);
}

/** Within a transaction in which nobody else adds one. */
export async function addAct(
  tx: Transaction<Tables>,
  { rotation = NO_ROTATION, what, ...act }: Act & { readonly rotation?: string },
  at: Millis,
): Promise<void> {
  const last = await tx
    .selectFrom('act')
    .select(['number', 'hash'])
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
  const row = {
    number: (last?.number ?? 0) + 1,
    at,
    rotation,
    body: JSON.stringify(wellFormed({ what, ...act })),
  };
  await tx
    .insertInto('act')
    .values({ ...row, hash: hashOf(last?.hash ?? '', row) })
    .execute();
}

/** Of those of the rotations whose newest act about a pause begins one, also where its end has passed. */
export async function pausesOf(db: Db, rotations: readonly string[]): Promise<ReadonlyMap<string, Pause>> {
  if (rotations.length === 0) return new Map();
  const newest = db
    .selectFrom('act')
    .select(({ fn }) => fn.max('number').as('number'))
    .where('rotation', 'in', rotations)
    // Each body begins with what it is; what is said of approvals neither begins a pause nor ends one.
    .where((eb) => eb.or([eb('body', 'like', '{"what":"pause"%'), eb('body', 'like', '{"what":"resume"%')]))
    .groupBy('rotation');
  const rows = await db.selectFrom('act').selectAll().where('number', 'in', newest).execute();
  return new Map(
    rows.flatMap(({ rotation, body }) => {
      const { what, reason, until } = JSON.parse(body) as Omit<Pause, 'until'> & {
        what: string;
        until?: Millis;
      };
      return what === 'pause' ? [[rotation, { reason, ...(until !== undefined && { until }) }] as const] : [];
    }),
  );
}

/** How many acts there are in all, or in a period, and every place where their chain does not hold. */
export async function verifyActs(db: Db, period?: Period): Promise<{ acts: number; faults: AuditFault[] }> {
  const faults: AuditFault[] = [];
  let acts = 0;
  let last = { number: 0, hash: '' };
  for await (const { hash, ...row } of allActs(db)) {
    for (let number = last.number + 1; number < row.number; number += 1)
      faults.push({ run: null, seq: number, what: 'the act was removed' });
    if (row.number === last.number + 1 && hashOf(last.hash, row) !== hash)
      faults.push({ run: null, seq: row.number, what: 'the act was changed, or is not in its place' });
    last = { number: row.number, hash };
    if (!period || (row.at >= period.from && row.at < period.to)) acts += 1;
  }
  return { acts, faults };
}

/** A page at a time: everybody who was denied something is in there. */
export async function* allActs(db: Db): AsyncGenerator<ActRow> {
  for (let after = 0; ;) {
    const query = db.selectFrom('act').selectAll().where('number', '>', after).orderBy('number');
    const acts = await query.limit(PAGE).execute();
    yield* acts;
    const last = acts.at(-1);
    if (!last) return;
    after = last.number;
    // SQLite answers at once, so that nothing else would get its turn.
    await setImmediate();
  }
}

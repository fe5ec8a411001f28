import { sql } from 'kysely';
import type { Db } from './database.js';
import type { RunFilter } from './journal.js';

/** No rotation is named so: an empty list is no SQL. */
const NONE = [''];

/**
 * With more names than this the newest runs are most likely among theirs: to go through all runs from the newest on
 * finds a page sooner than to sort those of each name. SQLite uses no index for an expression.
 */
const MANY = 20;
const inTimeOrder = sql<string>`coalesce(rotation, '')`;

/** Newest first; of those that were started in one millisecond the order is by id. */
export function listed(
  db: Db,
  { rotation, rotations, outcome, mode, by, isActive, since, after, limit }: RunFilter,
) {
  let query = db
    .selectFrom('run')
    .selectAll()
    .orderBy('started_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit);
  if (rotation !== undefined) query = query.where('rotation', '=', rotation);
  if (rotations !== undefined) {
    const named = rotations.length > MANY ? inTimeOrder : sql.ref<string>('rotation');
    query = query.where(named, 'in', rotations.length > 0 ? rotations : NONE);
  }
  if (outcome !== undefined) query = query.where('outcome', '=', outcome);
  if (mode !== undefined) query = query.where('mode', '=', mode);
  if (by !== undefined) query = query.where('started_by', '=', by);
  if (isActive !== undefined) query = query.where('ended', '=', isActive ? 0 : 1);
  if (since !== undefined) query = query.where('started_at', '>=', since);
  if (after === undefined) return query;
  const { id, startedAt } = after;
  // The first condition says what the second does, in a way that an index can be searched by.
  return query
    .where('started_at', '<=', startedAt)
    .where((eb) => eb.or([eb('started_at', '<', startedAt), eb('id', '<', id)]));
}

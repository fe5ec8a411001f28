import { sql, type Kysely } from 'kysely';

/**
 * Of the migration `0018_requests_without_runs`: a request may be about a rotation, and then its answer is kept. SQLite
 * makes no column nullable in a table that is there; of what is in it a day's worth counts.
 */
export async function allowRequestsWithoutRuns(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('request_of_anything')
    .addColumn('key', 'text', (column) => column.primaryKey())
    .addColumn('hash', 'text', (column) => column.notNull())
    .addColumn('run_id', 'text', (column) => column.references('run.id'))
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('answer', 'text')
    .execute();
  await sql`insert into request_of_anything (key, hash, run_id, at) select key, hash, run_id, at from request`.execute(
    db,
  );
  await db.schema.dropTable('request').execute();
  await db.schema.alterTable('request_of_anything').renameTo('request').execute();
  await db.schema.createIndex('request_by_time').on('request').column('at').execute();
}

import { sql, type Kysely } from 'kysely';
import type { Tables } from './tables.js';

/** In which runs a token was at hand. Those of older runs are filed later; see `token-versions.ts`. */
export async function addTokenVersions(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable('token_version')
    .addColumn('fingerprint', 'text', (column) => column.notNull())
    .addColumn('run_id', 'text', (column) => column.notNull().references('run.id'))
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('rotation', 'text', (column) => column.notNull())
    .addColumn('version', 'text', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('token_version_key', ['fingerprint', 'run_id', 'role'])
    .execute();
  await db.schema.createIndex('token_version_by_run').on('token_version').column('run_id').execute();
  await db.schema
    .alterTable('run')
    .addColumn('filed', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await sql`create index run_to_file on run (number) where filed < seq`.execute(db);
}

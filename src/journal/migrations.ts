import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { addApprovals } from './approval-table.js';
import { chainAll } from './chain.js';
import { addCallbacks, addNotifications, addReceiverNotes } from './notification-tables.js';
import { allowRequestsWithoutRuns } from './request-table.js';
import { addTokenVersions } from './token-version-table.js';
import type { Tables } from './tables.js';

export const migrations: Record<string, Migration> = {
  '0001_runs_and_entries': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('run')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('rotation', 'text', (column) => column.notNull())
        .addColumn('mode', 'text', (column) => column.notNull())
        .addColumn('store_key', 'text', (column) => column.notNull())
        .addColumn('resource_key', 'text')
        .addColumn('active', 'integer', (column) => column.notNull())
        .addColumn('ended', 'integer', (column) => column.notNull())
        .addColumn('settled_at', 'bigint')
        .addColumn('started_at', 'bigint', (column) => column.notNull())
        .addColumn('seq', 'integer', (column) => column.notNull())
        .addColumn('epoch', 'integer', (column) => column.notNull())
        .addColumn('lease_until', 'bigint', (column) => column.notNull())
        .addColumn('body', 'text', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('entry')
        .addColumn('run_id', 'text', (column) => column.notNull().references('run.id'))
        .addColumn('seq', 'integer', (column) => column.notNull())
        .addColumn('at', 'bigint', (column) => column.notNull())
        .addColumn('body', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('entry_key', ['run_id', 'seq'])
        .execute();
      await db.schema
        .createTable('rotation')
        .addColumn('name', 'text', (column) => column.primaryKey())
        .addColumn('first_seen_at', 'bigint', (column) => column.notNull())
        .execute();
      for (const column of ['rotation', 'resource_key', 'store_key']) {
        await sql`create unique index ${sql.ref(`one_active_run_per_${column}`)} on run (${sql.ref(column)}) where active = 1`.execute(
          db,
        );
      }
      await sql`create index run_to_work_on on run (lease_until) where ended = 0`.execute(db);
      await db.schema.createIndex('run_by_rotation').on('run').columns(['rotation', 'started_at']).execute();
      await db.schema.createIndex('run_by_time').on('run').columns(['started_at']).execute();
      await sql`create index run_settled on run (rotation, settled_at) where settled_at is not null`.execute(
        db,
      );
    },
  },
  '0002_chained_entries': {
    async up(db: Kysely<Tables>): Promise<void> {
      await db.schema
        .alterTable('entry')
        .addColumn('hash', 'text', (column) => column.notNull().defaultTo(''))
        .execute();
      await db.schema
        .alterTable('run')
        .addColumn('number', 'integer', (column) => column.notNull().defaultTo(0))
        .execute();
      await db.schema
        .alterTable('run')
        .addColumn('head', 'text', (column) => column.notNull().defaultTo(''))
        .execute();
      await chainAll(db);
      await db.schema.createIndex('run_by_number').on('run').column('number').unique().execute();
    },
  },
  '0003_heartbeat': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('heartbeat')
        .addColumn('id', 'integer', (column) => column.primaryKey())
        .addColumn('at', 'bigint', (column) => column.notNull())
        .execute();
    },
  },
  '0004_form_2': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .alterTable('run')
        .addColumn('form', 'integer', (column) => column.notNull().defaultTo(1))
        .execute();
    },
  },
  '0005_acts': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('act')
        .addColumn('number', 'integer', (column) => column.primaryKey())
        .addColumn('at', 'bigint', (column) => column.notNull())
        .addColumn('rotation', 'text', (column) => column.notNull())
        .addColumn('body', 'text', (column) => column.notNull())
        .addColumn('hash', 'text', (column) => column.notNull())
        .execute();
      await db.schema.createIndex('act_by_rotation').on('act').columns(['rotation', 'number']).execute();
    },
  },
  '0006_requests': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('request')
        .addColumn('key', 'text', (column) => column.primaryKey())
        .addColumn('hash', 'text', (column) => column.notNull())
        .addColumn('run_id', 'text', (column) => column.notNull().references('run.id'))
        .addColumn('at', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema.createIndex('request_by_time').on('request').column('at').execute();
    },
  },
  '0007_api_tokens': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('api_token')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('hash', 'text', (column) => column.notNull())
        .addColumn('grants', 'text', (column) => column.notNull())
        .addColumn('created_by', 'text', (column) => column.notNull())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('expires_at', 'bigint', (column) => column.notNull())
        .addColumn('last_used_at', 'bigint')
        .addColumn('revoked_at', 'bigint')
        .execute();
    },
  },
  /** Nothing in the tables: an older Rotor refuses a journal with a migration that it does not know. */
  '0008_form_3': { up: async () => undefined },
  '0009_outcomes': {
    async up(db: Kysely<Tables>): Promise<void> {
      await db.schema.alterTable('run').addColumn('outcome', 'text').execute();
      await db.schema.createIndex('run_by_outcome').on('run').columns(['outcome', 'started_at']).execute();
      await db.schema.createIndex('run_by_mode').on('run').columns(['mode', 'started_at']).execute();
    },
  },
  '0010_notifications': { up: addNotifications },
  '0011_callbacks': { up: addCallbacks },
  '0012_form_4': { up: async () => undefined },
  '0013_started_by': {
    async up(db: Kysely<Tables>): Promise<void> {
      await db.schema.alterTable('run').addColumn('started_by', 'text').execute();
      await db.schema.createIndex('run_by_starter').on('run').columns(['started_by', 'started_at']).execute();
    },
  },
  '0014_token_versions': { up: addTokenVersions },
  '0015_receivers': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema.alterTable('callback').addColumn('receiver', 'text').execute();
    },
  },
  '0016_approvals': { up: addApprovals },
  '0017_receiver_notes': { up: addReceiverNotes },
  '0018_requests_without_runs': { up: allowRequestsWithoutRuns },
};

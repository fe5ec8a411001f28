import type { Generated, Kysely } from 'kysely';
import { PostgresAdapter, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { chainAll } from './chain.js';
import { addCallbacks, addNotifications } from './notification-tables.js';

/** The run as its entries have made it: what the queue and the lists read. Rebuilt by no one; written with each entry. */
type RunTable = {
  id: string;
  rotation: string;
  mode: string;
  store_key: string;
  resource_key: string | null;
  /** 1 while the run holds the locks of its rotation, resource and store key. */
  active: number;
  ended: number;
  settled_at: number | null;
  /** Null while the run goes on. */
  outcome: string | null;
  /** See `starters.ts`. Null where an older Rotor wrote it, until the next start. */
  started_by: string | null;
  started_at: number;
  /** Number of the newest entry. */
  seq: number;
  epoch: number;
  lease_until: number;
  /** In the order of opening, from 1, without a gap. */
  number: number;
  /** Hash of the newest entry; see `chain.ts`. */
  head: string;
  /** Of the body; see `forms.ts`. */
  form: number;
  body: string;
};

/** The log: added to, never changed. */
type EntryTable = { run_id: string; seq: number; at: number; body: string; hash: string };

type RotationTable = { name: string; first_seen_at: number };

/** What people have said of rotations between their runs: added to, never changed. In order from 1, without a gap. */
type ActTable = { number: number; at: number; rotation: string; body: string; hash: string };

/** Requests that have opened a run, by the key that their client has given them. */
type RequestTable = { key: string; hash: string; run_id: string; at: number };

/** Grants as a JSON list; the token itself is nowhere. */
type ApiTokenTable = {
  id: string;
  name: string;
  hash: string;
  grants: string;
  created_by: string;
  created_at: number;
  expires_at: number;
  last_used_at: number | null;
  revoked_at: number | null;
};

/** One row, written to see whether writing works. */
type HeartbeatTable = { id: number; at: number };

/** The outbox: one event on its way to one notifier. */
type NotificationTable = {
  /** In the order of writing; of one rotation, in the order of what happened. */
  number: Generated<number>;
  id: string;
  notifier: string;
  rotation: string;
  event: string;
  name: string;
  at: number;
  body: string;
  state: string;
  tries: number;
  /** These three by the clock of the leases. */
  since: number;
  next_at: number;
  lease_until: number;
  epoch: Generated<number>;
  problem: string | null;
  ended_at: number | null;
};

/** What was last said of a rotation, by topic: said once, whichever replica sees it. */
type StandingTable = { rotation: string; topic: string; value: string };

/** Receivers that have said that they want no more. */
type GoneTable = { notifier: string; address: string; at: number };

/** What webhook targets were sent, and what they said: a row for each try. Tokens as hashes alone. */
type CallbackTable = {
  number: Generated<number>;
  delivery: string;
  token_hash: string;
  rotation: string;
  target: string;
  fingerprint: string;
  sent_at: number | null;
  seen: number | null;
  instances: number | null;
};

export type Tables = {
  run: RunTable;
  entry: EntryTable;
  rotation: RotationTable;
  act: ActTable;
  request: RequestTable;
  heartbeat: HeartbeatTable;
  api_token: ApiTokenTable;
  notification: NotificationTable;
  standing: StandingTable;
  gone: GoneTable;
  callback: CallbackTable;
};

/** An index over years of runs may take longer than any statement of the service's own may. */
async function withTime(db: Kysely<Tables>): Promise<void> {
  if (db.getExecutor().adapter instanceof PostgresAdapter)
    await sql`set local statement_timeout = 0`.execute(db);
}

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
      await withTime(db);
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
      await withTime(db);
      await db.schema.createIndex('run_by_starter').on('run').columns(['started_by', 'started_at']).execute();
    },
  },
};

import { PostgresAdapter, sql, type Kysely } from 'kysely';

/** Of the migration `0010_notifications`. */
export async function addNotifications(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('notification')
    .addColumn('number', counted(db), (column) => column.primaryKey())
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('notifier', 'text', (column) => column.notNull())
    .addColumn('rotation', 'text', (column) => column.notNull())
    .addColumn('event', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('tries', 'integer', (column) => column.notNull())
    .addColumn('since', 'bigint', (column) => column.notNull())
    .addColumn('next_at', 'bigint', (column) => column.notNull())
    .addColumn('lease_until', 'bigint', (column) => column.notNull())
    .addColumn('epoch', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('problem', 'text')
    .addColumn('ended_at', 'bigint')
    .execute();
  await sql`create index notification_to_send on notification (notifier, rotation, number) where state = 'waiting'`.execute(
    db,
  );
  await db.schema
    .createIndex('notification_by_state')
    .on('notification')
    .columns(['state', 'number'])
    .execute();
  await sql`create index notification_ended on notification (ended_at) where ended_at is not null`.execute(
    db,
  );
  await db.schema
    .createTable('standing')
    .addColumn('rotation', 'text', (column) => column.notNull())
    .addColumn('topic', 'text', (column) => column.notNull())
    .addColumn('value', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('standing_key', ['rotation', 'topic'])
    .execute();
  await db.schema
    .createTable('gone')
    .addColumn('notifier', 'text', (column) => column.primaryKey())
    .addColumn('address', 'text', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .execute();
}

/** Of the migration `0011_callbacks`. */
export async function addCallbacks(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('callback')
    .addColumn('number', counted(db), (column) => column.primaryKey())
    .addColumn('delivery', 'text', (column) => column.notNull())
    .addColumn('token_hash', 'text', (column) => column.notNull())
    .addColumn('rotation', 'text', (column) => column.notNull())
    .addColumn('target', 'text', (column) => column.notNull())
    .addColumn('fingerprint', 'text', (column) => column.notNull())
    .addColumn('sent_at', 'bigint')
    .addColumn('seen', 'integer')
    .addColumn('instances', 'integer')
    .addUniqueConstraint('callback_token', ['delivery', 'token_hash'])
    .execute();
  await db.schema
    .createIndex('callback_by_target')
    .on('callback')
    .columns(['rotation', 'target', 'number'])
    .execute();
}

/** Of the migration `0017_receiver_notes`. */
export async function addReceiverNotes(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('receiver_note')
    .addColumn('notifier', 'text', (column) => column.notNull())
    .addColumn('about', 'text', (column) => column.notNull())
    .addColumn('value', 'text', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('receiver_note_key', ['notifier', 'about'])
    .execute();
  await db.schema.createIndex('receiver_note_by_time').on('receiver_note').column('at').execute();
}

/** A number that the engine gives, one more for each row. */
function counted(db: Kysely<unknown>): 'bigserial' | 'integer' {
  return db.getExecutor().adapter instanceof PostgresAdapter ? 'bigserial' : 'integer';
}

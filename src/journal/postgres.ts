import { CompiledQuery, Kysely, PostgresDialect, sql, type PostgresPool } from 'kysely';
import type { Pool } from 'pg';
import { RotorError, asRotorError, systemCode } from '../rotation/errors.js';
import type { Secret } from '../rotation/secret.js';
import type { Database } from './database.js';
import { PostgresSignals } from './postgres-signals.js';
import { Sockets } from './sockets.js';
import type { Tables } from './tables.js';

/** OIDs of the types that `pg` hands out as text, since they may exceed a number; these here never do. */
const INT8 = 20;
const CONNECT_TIMEOUT_MS = 5_000;
/** A statement waits for a row at the most this long: half of a lease. */
const STATEMENT_TIMEOUT_MS = 5_000;
/** Whoever waits for a table keeps all who come later from it: well below what a statement of theirs waits. */
const LOCK_TIMEOUT_MS = 1_000;
/** So long may a replica that is frozen, or cut off, keep what it has locked from the others: half of a lease. */
const IDLE_IN_TRANSACTION_MS = 5_000;
const MAX_CONNECTIONS = 10;
/** Before a socket takes its silence for the server's. */
const IDLE_MS = 5_000;

/** Of the server, the database or the role; the second since version 17. */
const WITHOUT_LIMITS = CompiledQuery.raw(
  "select set_config(name, '0', false) from pg_settings where name in ('statement_timeout', 'transaction_timeout')",
);

/** What `pg` takes: also a socket of this machine. Of anything else it takes the host `base` for the server. */
const PLACE = /^(postgres(ql)?:\/\/|socket:|\/)/i;
const CHECK_URL = 'Check DATABASE_URL: host, port, user, password, database, and sslmode.';

export type PostgresOptions = {
  /** However long a statement works, whatever the server's own limits: for what changes the tables. */
  readonly isPatient?: boolean;
};

/**
 * Several replicas on one database. `pg` is loaded when it is needed only. Throws `journal_unavailable` where the
 * server does not answer, `config_invalid` where the URL is none; the message never holds it.
 */
export async function openPostgres(
  url: Secret,
  { isPatient = false }: PostgresOptions = {},
): Promise<Database> {
  const { default: pg } = await import('pg');
  const connectionString = url.reveal();
  if (!PLACE.test(connectionString))
    throw new RotorError('config_invalid', 'DATABASE_URL is no postgres:// URL', { hint: CHECK_URL });
  const config = {
    connectionString,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    ...(isPatient ? { lock_timeout: LOCK_TIMEOUT_MS } : { statement_timeout: STATEMENT_TIMEOUT_MS }),
    keepAlive: isPatient,
    keepAliveInitialDelayMillis: IDLE_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    application_name: 'rotor',
    types: { getTypeParser: parserOf(pg.types) },
  };
  const sockets = new Sockets({ isPatient });
  const pool = new pg.Pool({
    ...config,
    max: MAX_CONNECTIONS,
    idleTimeoutMillis: IDLE_MS,
    stream: sockets.make,
  });
  // A connection that breaks: the statement under way, or the next one, says what is wrong. Unheard, it ends the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  const dialect = new PostgresDialect({
    pool: closing(pool, sockets),
    ...(isPatient && {
      onCreateConnection: async (connection) => void (await connection.executeQuery(WITHOUT_LIMITS)),
    }),
  });
  const db = new Kysely<Tables>({ dialect });
  try {
    await sql`select 1`.execute(db);
  } catch (error) {
    await db.destroy();
    throw unreachable(error);
  }
  const signals = PostgresSignals.listening(config, (listening) => new pg.Client(listening));
  const transaction: Database['transaction'] = async (work) => db.transaction().execute(work);
  const snapshot: Database['snapshot'] = async (work) =>
    db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(work);
  return { db, signals, transaction, snapshot, isShared: true, leaseNow, lockOpening };
}

function closing(pool: Pool, sockets: Sockets): PostgresPool {
  return {
    options: pool.options,
    connect: async () => pool.connect(),
    end: async () => sockets.closed(async () => pool.end()),
  };
}

function unreachable(error: unknown): RotorError {
  // Without its cause, which holds the URL.
  if (systemCode(error) === 'ERR_INVALID_URL')
    return new RotorError('config_invalid', 'DATABASE_URL is no URL', { hint: CHECK_URL });
  const said = `PostgreSQL cannot be reached: ${asRotorError(error).message}`;
  return new RotorError('journal_unavailable', said, { cause: error, hint: CHECK_URL });
}

/** Of the statement's start, so that an index can be searched by it: a statement that had to wait makes a shorter lease. */
function leaseNow(): ReturnType<Database['leaseNow']> {
  return sql<number>`floor(extract(epoch from statement_timestamp()) * 1000)::bigint`;
}

/** A number that nobody else takes, for as long as the transaction lasts. */
const OPENING = 7_264_871_001;

async function lockOpening(tx: Parameters<Database['lockOpening']>[0]): Promise<void> {
  await sql`select pg_advisory_xact_lock(${sql.lit(OPENING)})`.execute(tx);
}

type Types = { getTypeParser: (oid: number, format?: 'text' | 'binary') => (text: string) => unknown };

function parserOf(types: Types) {
  return (oid: number, format?: 'text' | 'binary') =>
    oid === INT8 ? Number : types.getTypeParser(oid, format);
}

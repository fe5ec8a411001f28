import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { KyselyJournal } from '../../src/journal/kysely-journal.js';
import type { Subscribed } from '../../src/journal/notifications.js';
import { openPostgres } from '../../src/journal/postgres.js';
import { Secret } from '../../src/rotation/secret.js';
import { approvalEndsContract } from '../contracts/journal-approval-ends.contract.js';
import { approvalsContract } from '../contracts/journal-approvals.contract.js';
import { askedInVainContract } from '../contracts/journal-asked-in-vain.contract.js';
import { auditContract } from '../contracts/journal-audit.contract.js';
import { callbacksContract } from '../contracts/journal-callbacks.contract.js';
import { filingContract } from '../contracts/journal-filing.contract.js';
import { historyContract } from '../contracts/journal-history.contract.js';
import { leasesContract } from '../contracts/journal-leases.contract.js';
import { notificationsContract } from '../contracts/journal-notifications.contract.js';
import { requestsContract } from '../contracts/journal-requests.contract.js';
import { journalContract, type JournalHarness } from '../contracts/journal.contract.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import { Interrupted } from './interrupted.js';
import { startPostgres, type Postgres } from './postgres.js';

(startPostgres ? describe : describe.skip)('on PostgreSQL', () => {
  let server: Postgres;
  /** Each test has a copy of it: to make all tables anew would be most of what it takes. */
  let migrated: Secret;
  beforeAll(async () => {
    if (startPostgres) server = await startPostgres({ isDurable: false });
    migrated = await server.database();
    const database = await openPostgres(migrated);
    await (await KyselyJournal.open(database, new VirtualClock(), { subscribed: () => [] })).close();
  });
  afterEach(async () => server.dropAll(migrated));
  afterAll(async () => server.stop());

  const onPostgres = async (
    clock: VirtualClock,
    subscribed: Subscribed = () => [],
  ): Promise<JournalHarness> => {
    const url = await server.database(migrated);
    let interrupted = new Interrupted(await openPostgres(url));
    let { database } = interrupted;
    let journal = await KyselyJournal.open(database, clock, { subscribed });
    return {
      get journal() {
        return journal;
      },
      reopen: async () => {
        await journal.close();
        interrupted = new Interrupted(await openPostgres(url));
        ({ database } = interrupted);
        journal = await KyselyJournal.open(database, clock, { subscribed });
        return journal;
      },
      meanwhile: (work) => interrupted.afterEach(work),
      tamper: async (text) => void (await sql.raw(text).execute(database.db)),
      // Leases are kept by the database's clock, which no test can set: they end sooner instead.
      passLease: async (ms) => {
        await database.db
          .updateTable('run')
          .set({ lease_until: sql`lease_until - ${ms}` })
          .execute();
        const sooner = (column: string) => sql<number>`${sql.ref(column)} - ${ms}`;
        await database.db
          .updateTable('notification')
          .set({
            lease_until: sooner('lease_until'),
            next_at: sooner('next_at'),
            since: sooner('since'),
          })
          .execute();
        await database.db
          .updateTable('standing')
          .set({ value: sql`(value::bigint - ${ms})::text` })
          .where('topic', '=', 'declared')
          .execute();
      },
      close: async () => journal.close(),
    };
  };
  journalContract('on PostgreSQL', onPostgres);
  leasesContract('on PostgreSQL', onPostgres);
  requestsContract('on PostgreSQL', onPostgres);
  historyContract('on PostgreSQL', onPostgres);
  filingContract('on PostgreSQL', onPostgres, { isShared: true });
  auditContract('on PostgreSQL', onPostgres);
  notificationsContract('on PostgreSQL', onPostgres);
  callbacksContract('on PostgreSQL', onPostgres);
  approvalsContract('on PostgreSQL', onPostgres);
  askedInVainContract('on PostgreSQL', onPostgres);
  approvalEndsContract('on PostgreSQL', onPostgres);

  it('says what to check where the server cannot be reached, without the password', async () => {
    const password = 'x'.repeat(3) + String(Math.random()).slice(2);
    const opening = openPostgres(new Secret(`postgres://rotor:${password}@127.0.0.1:1/rotor`));
    const error: unknown = await opening.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'journal_unavailable',
      hint: expect.stringContaining('DATABASE_URL'),
    });
    expect(JSON.stringify(error) + String(error)).not.toContain(password);
  });
});

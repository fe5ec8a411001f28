import { sql, type Kysely } from 'kysely';
import type { Tables } from '../../src/journal/tables.js';

/** One write to the table of runs: by whom, when by the database's clock, and what it left there. */
export type Write = {
  readonly at: number;
  readonly who: string;
  readonly run: string;
  readonly epoch: number;
  /** Until when; 0 where the run was given back. */
  readonly lease: number;
  readonly ended: number;
};

/**
 * Sees who works on which run where it cannot be embellished: within the database, by a trigger. The journal itself
 * does not note which replica has written an entry.
 */
export class Witness {
  private constructor(private readonly db: Kysely<Tables>) {}

  static async of(db: Kysely<Tables>): Promise<Witness> {
    await sql.raw(TRIGGER).execute(db);
    return new Witness(db);
  }

  /** The runs that are not over, and were last seen with this replica. */
  async heldBy(who: string): Promise<string[]> {
    const { rows } = await sql<{ run: string }>`
      select run from (select distinct on (run) * from witness.seen order by run, number desc) last
      where who = ${who} and epoch > 0 and lease > 0 and ended = 0`.execute(this.db);
    return rows.map(({ run }) => run);
  }

  /** How many runs were opened, and which replica has opened the newest. */
  async opened(): Promise<{ readonly runs: number; readonly by: string }> {
    const { rows } = await sql<{ by: string }>`
      select who as by from witness.seen where epoch = 0 and opened order by number desc`.execute(this.db);
    return { runs: rows.length, by: rows[0]?.by ?? '' };
  }

  async ended(): Promise<number> {
    const { rows } = await sql<{ runs: number }>`
      select count(distinct run) as runs from witness.seen where ended = 1`.execute(this.db);
    return rows[0]?.runs ?? 0;
  }

  /** Of each run, in order. */
  async writes(): Promise<Write[][]> {
    const { rows } = await sql<Write>`
      select at, who, run, epoch, lease, ended from witness.seen order by number`.execute(this.db);
    return [...Map.groupBy(rows, ({ run }) => run).values()];
  }
}

const TRIGGER = `
  create schema witness;
  create table witness.seen (number bigserial primary key, at bigint, who text, run text, epoch integer, lease bigint,
    ended integer, opened boolean);
  create index on witness.seen (run, number);
  create function witness.note() returns trigger language plpgsql as $$ begin
    insert into witness.seen (at, who, run, epoch, lease, ended, opened) values
      (floor(extract(epoch from clock_timestamp()) * 1000), current_setting('application_name'),
       new.id, new.epoch, new.lease_until, new.ended, tg_op = 'INSERT');
    return null;
  end $$;
  create trigger witness after insert or update on run for each row execute function witness.note();`;

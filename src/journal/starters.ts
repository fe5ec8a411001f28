import { PostgresAdapter, sql, type Kysely, type RawBuilder } from 'kysely';

/**
 * Who has started a run: the caller of the API by name, else what kind of trigger it was. The index and the queries have
 * to say it in the very same words, or it is not used.
 */
export function starter(db: Pick<Kysely<never>, 'getExecutor'>): RawBuilder<string> {
  return db.getExecutor().adapter instanceof PostgresAdapter
    ? sql`coalesce(body::json -> 'trigger' ->> 'by', body::json -> 'trigger' ->> 'kind')`
    : // A text that is damaged is found where it is read, and keeps nobody from writing beside it.
      sql`case when json_valid(body) then coalesce(json_extract(body, '$.trigger.by'), json_extract(body, '$.trigger.kind')) end`;
}

import type { Clock } from '../rotation/clock.js';
import { RotorError } from '../rotation/errors.js';
import type { Millis } from '../rotation/run.js';
import { wellFormed } from '../rotation/well-formed.js';
import { addAct } from './acts.js';
import type { Database } from './database.js';
import { unavailable } from './rows.js';
import type { Tables } from './tables.js';

/** An API token as it is kept: never the token itself. */
export type KeptToken = {
  readonly id: string;
  /** Given by whoever made it. */
  readonly name: string;
  /** SHA-256 of the whole token, in hex. */
  readonly hash: string;
  /** Such as `read` or `rotate[env=prod]`. */
  readonly grants: readonly string[];
  readonly createdBy: string;
  readonly createdAt: Millis;
  readonly expiresAt: Millis;
  /** Within a minute; absent until it has been used. */
  readonly lastUsedAt?: Millis;
  readonly revokedAt?: Millis;
};

const USED_EVERY_MS = 60_000;

/** The API tokens, beside the runs. Each that is made or revoked is an act in the audit log, in the same transaction. */
export class ApiTokens {
  constructor(
    private readonly database: Pick<Database, 'db' | 'transaction' | 'lockOpening'>,
    private readonly clock: Clock,
  ) {}

  async add(token: Omit<KeptToken, 'createdAt' | 'lastUsedAt' | 'revokedAt'>): Promise<KeptToken> {
    const kept = { ...wellFormed(token), createdAt: this.clock.now() };
    const { id, name, createdBy: by, grants, hash, createdAt, expiresAt } = kept;
    await this.#guarded(async () =>
      this.database.transaction(async (tx) => {
        await this.database.lockOpening(tx);
        await tx
          .insertInto('api_token')
          .values({
            id,
            name,
            hash,
            grants: JSON.stringify(grants),
            created_by: by,
            created_at: createdAt,
            expires_at: expiresAt,
            last_used_at: null,
            revoked_at: null,
          })
          .execute();
        await addAct(tx, { what: 'token_created', token: id, name, grants, expiresAt, by }, createdAt);
      }),
    );
    return kept;
  }

  async find(id: string): Promise<KeptToken | undefined> {
    const row = await this.#guarded(async () =>
      this.database.db.selectFrom('api_token').selectAll().where('id', '=', id).executeTakeFirst(),
    );
    return row && keptIn(row);
  }

  /** Newest first. */
  async list(): Promise<readonly KeptToken[]> {
    const rows = await this.#guarded(async () =>
      this.database.db
        .selectFrom('api_token')
        .selectAll()
        .orderBy('created_at', 'desc')
        .orderBy('id')
        .execute(),
    );
    return rows.map(keptIn);
  }

  /** Of one that is revoked already nothing changes. Throws `not_found`. */
  async revoke(id: string, by: string): Promise<KeptToken> {
    const now = this.clock.now();
    await this.#guarded(async () =>
      this.database.transaction(async (tx) => {
        await this.database.lockOpening(tx);
        const { numUpdatedRows } = await tx
          .updateTable('api_token')
          .set({ revoked_at: now })
          .where('id', '=', id)
          .where('revoked_at', 'is', null)
          .executeTakeFirst();
        if (numUpdatedRows > 0n) await addAct(tx, { what: 'token_revoked', token: id, by }, now);
      }),
    );
    const kept = await this.find(id);
    if (kept) return kept;
    throw new RotorError('not_found', `there is no API token ${JSON.stringify(id)}`, {
      hint: 'List them: `rotor token list`.',
    });
  }

  /** Written down once a minute at the most: it tells which tokens nobody needs any more. */
  async noteUse({ id, lastUsedAt = 0 }: KeptToken): Promise<void> {
    const now = this.clock.now();
    if (now - lastUsedAt < USED_EVERY_MS) return;
    await this.#guarded(async () =>
      this.database.db.updateTable('api_token').set({ last_used_at: now }).where('id', '=', id).execute(),
    );
  }

  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof RotorError) throw error;
      throw unavailable('the API tokens could not be read or written', error);
    }
  }
}

function keptIn(row: Tables['api_token']): KeptToken {
  const { id, name, hash } = row;
  return {
    id,
    name,
    hash,
    grants: JSON.parse(row.grants) as string[],
    createdBy: row.created_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    ...(row.last_used_at !== null && { lastUsedAt: row.last_used_at }),
    ...(row.revoked_at !== null && { revokedAt: row.revoked_at }),
  };
}

import { GivenPostgres } from './given-postgres.js';
import { postgresBin, PostgresServer, type Postgres, type PostgresOptions } from './postgres-server.js';

export type { Postgres };

const given = process.env['DATABASE_URL'];
const bin = postgresBin();

/** The server of DATABASE_URL, else one of the machine's PostgreSQL; undefined, with a loud line, where there is neither. */
export const startPostgres: Start | undefined = starter();

type Start = (options?: PostgresOptions) => Promise<Postgres>;

function starter(): Start | undefined {
  if (given) return async () => new GivenPostgres(given);
  if (bin !== undefined) return async (options) => PostgresServer.start(bin, options);
  console.warn(
    'POSTGRESQL IS NOT INSTALLED, AND DATABASE_URL IS NOT SET: THE TESTS OF SEVERAL REPLICAS ARE SKIPPED',
  );
  return undefined;
}

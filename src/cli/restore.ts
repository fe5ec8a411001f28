import { join } from 'node:path';
import { loadEnv } from '../config/env.js';
import { restore as restoreTo } from '../journal/restore.js';
import { openStateDir } from '../journal/state-dir.js';
import { RotorError } from '../rotation/errors.js';
import { counted } from './counted.js';
import { nearby } from './nearby.js';
import { printData } from './print.js';

export type RestoreOptions = { readonly config?: string; readonly stateDir?: string };

/** Of the state directory that `rotor serve` would take here. */
export async function restore(backup: string, options: RestoreOptions): Promise<number> {
  if (process.env['DATABASE_URL'] || process.env['DATABASE_URL_FILE'])
    throw new RotorError('request_invalid', 'DATABASE_URL is set: the journal is in PostgreSQL', {
      hint: 'Use pg_restore, or the backup of whoever runs the database.',
    });
  const env = loadEnv(process.env);
  const near = await nearby(options.config ?? env.config);
  const stateDir = options.stateDir ?? env.overrides.stateDir ?? near.stateDir ?? env.stateDir;
  openStateDir(stateDir);
  const journal = join(stateDir, 'journal.db');
  const { aside, runs, newestAt } = restoreTo(backup, journal, Date.now());
  const newest = newestAt === undefined ? '' : `, the newest of ${new Date(newestAt).toISOString()}`;
  printData(
    [
      `${journal} is ${backup} now: ${counted(runs, 'run')}${newest}.`,
      aside === undefined ? 'There was no journal before.' : `What was there before is in ${aside}.`,
      'Of later runs it knows nothing: once Rotor runs, `rotor adopt NAME` for each rotation that has had one.',
      'next: rotor serve',
    ].join('\n'),
  );
  return 0;
}

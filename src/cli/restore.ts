import { databaseUrl } from '../config/env.js';
import { journalIn } from '../journal/journal-file.js';
import { restore as restoreTo } from '../journal/restore.js';
import { openStateDir } from '../journal/state-dir.js';
import { RotorError } from '../rotation/errors.js';
import { counted } from './counted.js';
import { commandThere, stateDirOf, type WhereState } from './nearby.js';
import { printData } from './print.js';

export async function restore(backup: string, options: WhereState): Promise<number> {
  if (databaseUrl(process.env))
    throw new RotorError('request_invalid', 'DATABASE_URL is set: the journal is in PostgreSQL', {
      hint: 'Use pg_restore, or the backup of whoever runs the database.',
    });
  const stateDir = await stateDirOf(options);
  openStateDir(stateDir);
  const journal = journalIn(stateDir);
  const { aside, runs, newestAt } = restoreTo(backup, journal, Date.now());
  const newest = newestAt === undefined ? '' : `, the newest of ${new Date(newestAt).toISOString()}`;
  printData(
    [
      `${journal} is ${backup} now: ${counted(runs, 'run')}${newest}.`,
      aside === undefined ? 'There was no journal before.' : `What was there before is in ${aside}.`,
      'Of later runs it knows nothing: once Rotor runs, `rotor adopt NAME` for each rotation that has had one.',
      `next: ${commandThere('serve', options)}`,
    ].join('\n'),
  );
  return 0;
}

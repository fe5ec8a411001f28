import { accessSync, constants, statfsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { databaseUrl, type RawEnv } from './config/env.js';
import { dueIn } from './journal/migrate.js';
import { openPostgres } from './journal/postgres.js';
import { clockCheck, failed, type Checked, type Greet } from './rotation/checkup.js';
import type { Clock } from './rotation/clock.js';
import { RotorError, systemCode } from './rotation/errors.js';

export type Beforehand = {
  readonly env: RawEnv;
  readonly stateDir: string;
  /** Each over https. */
  readonly upstreams: readonly string[];
  readonly greet: Greet;
  readonly clock: Clock;
};

/** `f_type` of statfs(2), https://man7.org/linux/man-pages/man2/statfs.2.html */
const NETWORK_FILE_SYSTEMS: Readonly<Record<number, string>> = {
  0x6969: 'NFS',
  0x517b: 'SMB',
  0xff534d42: 'CIFS',
  0xfe534d42: 'SMB',
  0x01021997: '9P',
  0x00c36400: 'Ceph',
  0x5346414f: 'AFS',
};

const IN_BETWEEN =
  'See whether this machine finds the name and is let through, and whether HTTPS_PROXY and NO_PROXY are right.';

/** What a machine has to have before there is a config or a credential. Changes nothing, never throws. */
export async function lookBeforehand(asked: Beforehand, signal: AbortSignal): Promise<readonly Checked[]> {
  const upstreams = await Promise.all(asked.upstreams.map(async (url) => upstreamChecks(url, asked, signal)));
  const node = { check: 'Node', state: 'ok', detail: `${process.versions.node}.` } as const;
  return [node, stateDirCheck(asked), ...(await journalChecks(asked.env)), ...upstreams.flat()];
}

function stateDirCheck({ stateDir, env }: Beforehand): Checked {
  const check = 'state dir';
  const isFile = !env['DATABASE_URL'] && !env['DATABASE_URL_FILE'];
  try {
    const { where, type } = writable(stateDir);
    const network = NETWORK_FILE_SYSTEMS[type];
    if (network === undefined || !isFile)
      return { check, state: 'ok', detail: `${where} can be written to.` };
    const hint = 'Put it on a disk of this machine, or the journal on PostgreSQL (DATABASE_URL).';
    return {
      check,
      state: 'fail',
      detail: `${where} is on ${network}, where SQLite cannot rely on locks.`,
      hint,
    };
  } catch (cause) {
    return failed(check, cause);
  }
}

/** In words, and the type of its file system. Throws `config_invalid` where it could not be made or written to. */
function writable(stateDir: string): { readonly where: string; readonly type: number } {
  let where = stateDir;
  try {
    const place = thereOf(resolve(stateDir));
    if (place !== resolve(stateDir)) where = `${place}, where ${stateDir} would be made,`;
    if (!statSync(place).isDirectory()) throw unfit(`${where} is no folder`);
    accessSync(place, constants.W_OK | constants.X_OK);
    return { where, type: statfsSync(place).type };
  } catch (cause) {
    if (cause instanceof RotorError) throw cause;
    throw unfit(`${where} cannot be written to (${systemCode(cause) ?? 'unknown error'})`);
  }
}

/** The nearest folder above that is there. Throws where one on the way lets nobody through. */
function thereOf(path: string): string {
  if (statSync(path, { throwIfNoEntry: false }) !== undefined || dirname(path) === path) return path;
  return thereOf(dirname(path));
}

function unfit(message: string): RotorError {
  const hint = 'Name a folder that the user of Rotor may write to: ROTOR_STATE_DIR or --state-dir.';
  return new RotorError('config_invalid', message, { hint });
}

/** That in a file is its own service's. */
async function journalChecks(env: RawEnv): Promise<Checked[]> {
  const check = 'PostgreSQL';
  try {
    const url = databaseUrl(env);
    if (!url) return [];
    const { db, signals } = await openPostgres(url);
    try {
      const { from, steps } = await dueIn(db);
      if (steps.length === 0)
        return [{ check, state: 'ok', detail: 'It answers, and its tables are up to date.' }];
      const detail =
        from === undefined ? 'It answers, and has no tables yet.' : `It answers, and has tables of ${from}.`;
      return [
        { check, state: 'warn', detail, hint: 'rotor migrate, or the service at its start, makes the rest.' },
      ];
    } finally {
      await signals.close();
      await db.destroy();
    }
  } catch (error) {
    return [failed(check, error)];
  }
}

async function upstreamChecks(
  url: string,
  { greet, clock }: Beforehand,
  signal: AbortSignal,
): Promise<readonly Checked[]> {
  const check = 'upstream';
  try {
    const before = clock.now();
    const theirs = await greet(url, signal);
    const reached: Checked = { check, state: 'ok', detail: `${new URL(url).host} was reached over TLS.` };
    if (theirs === undefined) return [reached];
    return [reached, clockCheck(theirs.getTime(), (before + clock.now()) / 2, url)];
  } catch (error) {
    return [{ hint: IN_BETWEEN, ...failed(check, error) }];
  }
}

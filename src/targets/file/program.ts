import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { errnoOf } from './errno.js';

export type ProgramLookup =
  { readonly found: true; readonly program: string } | { readonly found: false; readonly why: string };

/** Finds a program as a shell would: an absolute path as it is, a bare name in the folders of PATH. */
export async function findProgram(name: string, path: string | undefined): Promise<ProgramLookup> {
  if (isAbsolute(name)) return looked(name, await fitness(name));
  if (name.includes('/')) {
    return { found: false, why: `${name} is a relative path; it must be absolute or a bare name in PATH` };
  }
  let denied: ProgramLookup | undefined;
  for (const folder of (path ?? '').split(delimiter).filter(isAbsolute)) {
    const candidate = join(folder, name);
    const state = await fitness(candidate);
    if (state === 'runs') return { found: true, program: candidate };
    if (state !== 'absent') denied ??= looked(candidate, state);
  }
  return denied ?? { found: false, why: `${name} is in no folder of PATH` };
}

type Fitness = 'runs' | 'absent' | 'not_executable' | 'not_a_file';

function looked(program: string, state: Fitness): ProgramLookup {
  const why = { absent: 'does not exist', not_executable: 'is not executable', not_a_file: 'is not a file' };
  return state === 'runs' ? { found: true, program } : { found: false, why: `${program} ${why[state]}` };
}

async function fitness(program: string): Promise<Fitness> {
  try {
    if (!(await stat(program)).isFile()) return 'not_a_file';
    await access(program, constants.X_OK);
    return 'runs';
  } catch (error) {
    return errnoOf(error) === 'EACCES' ? 'not_executable' : 'absent';
  }
}

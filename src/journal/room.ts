import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { full, storageFault } from './storage-faults.js';

const MIB = 1024 ** 2;
/** As much as SQLite's log takes before it goes into the file. What is left below it is for the runs that are under way. */
const RESERVE_MIB = 4;

/** Throws where a new run could not be written to its end. */
export async function assertRoom(file: string): Promise<void> {
  const { bavail, bsize } = await statfs(dirname(file)).catch((error: unknown) => {
    throw storageFault(file, error);
  });
  if (bavail * bsize < RESERVE_MIB * MIB) throw full(file, `less than ${RESERVE_MIB} MiB are free`);
}

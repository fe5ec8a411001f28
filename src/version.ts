import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inPackage } from './in-package.js';

/** Of this package. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(inPackage('package.json'), 'utf8')) as { version: string }).version;
}

/** That this was built from, `-dirty` behind it where the folder held more; `unknown` where the build could not tell. */
export function builtFrom(): string {
  const built = inPackage('dist');
  // Sources that are run as they are need not be those that were built.
  if (!import.meta.dirname.startsWith(built)) return 'unknown';
  const file = join(built, 'commit.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { commit: string }).commit : 'unknown';
}

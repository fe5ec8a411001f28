import { readFileSync } from 'node:fs';
import { inPackage } from './in-package.js';

/** Of this package. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(inPackage('package.json'), 'utf8')) as { version: string }).version;
}

/** That this was built from, `-dirty` behind it where the folder held more; `unknown` where the build could not tell. */
export function builtFrom(): string {
  try {
    return (JSON.parse(readFileSync(inPackage('dist/commit.json'), 'utf8')) as { commit: string }).commit;
  } catch {
    // Sources that were not built have no such file.
    return 'unknown';
  }
}

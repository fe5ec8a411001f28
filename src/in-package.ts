import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The absolute path of a file of this package, named from its root. Asked from the sources, what was compiled of them
 * and the bundle, which lie at different depths.
 */
export function inPackage(path: string): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json'))) {
    if (folder === dirname(folder)) throw new Error(`${import.meta.dirname} is in no package`);
    folder = dirname(folder);
  }
  return join(folder, path);
}

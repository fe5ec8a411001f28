import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** All that `npm run build` makes its files of; the last is what npm has really installed. */
const SOURCES = [
  'src',
  'deploy/bundle.ts',
  'deploy/bundling.ts',
  'nest-cli.json',
  'package.json',
  'tsconfig.build.json',
  'tsconfig.json',
  'node_modules/.package-lock.json',
];

/** A hash of what they hold and how they are named: times say nothing of a file that was put back or copied with its own. */
export function hashOfSources(root: string, sources: readonly string[] = SOURCES): string {
  const hash = createHash('sha256');
  for (const file of sources.flatMap((source) => filesIn(root, source))) {
    const bytes = readFileSync(join(root, file));
    hash.update(`${file}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex');
}

function filesIn(root: string, source: string): string[] {
  if (!statSync(join(root, source)).isDirectory()) return [source];
  return readdirSync(join(root, source), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(join(root, '/').length))
    .toSorted();
}

// Leaves in dist/ which commit it was built from, since a package or an image has no git to ask.
import { execFileSync } from 'node:child_process';
import { realpathSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Of the environment where the folder is no checkout: a build argument of an image, or what CI has checked out. */
function commit(): string {
  try {
    // A checkout around it is another project's.
    if (realpathSync(git('rev-parse', '--show-toplevel')) !== realpathSync(root)) return given();
    return `${git('rev-parse', 'HEAD')}${git('status', '--porcelain') === '' ? '' : '-dirty'}`;
  } catch {
    return given();
  }
}

function given(): string {
  const commitOf = process.env['ROTOR_COMMIT'] ?? '';
  return /^[0-9a-f]{7,64}$/.test(commitOf) ? commitOf : 'unknown';
}

function git(...words: string[]): string {
  return execFileSync('git', words, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
}

writeFileSync(new URL('../dist/commit.json', import.meta.url), `${JSON.stringify({ commit: commit() })}\n`);

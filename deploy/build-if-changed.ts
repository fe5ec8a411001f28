// Before what is started in a clone to try Rotor: builds it, unless it is built of these very sources.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { hashOfSources } from './build-sources.js';

const root = fileURLToPath(new URL('..', import.meta.url));
// Every build empties that folder first: it never stands beside the files of another one, or of half of one.
const builtOf = new URL('../dist/built-of', import.meta.url);

// Before the build, so that what is changed meanwhile is built the next time.
const sources = hashOfSources(root);
if (sources !== builtBefore()) {
  process.stderr.write(
    'Rotor is built first, since it never was or has changed: this takes about a minute …\n',
  );
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: ['ignore', 2, 2] });
  if (status === 0) writeFileSync(builtOf, sources);
  process.exitCode = status ?? 1;
} else {
  // The same sources may have been committed since.
  await import('./write-commit.js');
}

function builtBefore(): string | undefined {
  try {
    return readFileSync(builtOf, 'utf8');
  } catch {
    return undefined;
  }
}

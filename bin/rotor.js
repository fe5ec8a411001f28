#!/usr/bin/env -S MALLOC_ARENA_MAX=1 node --expose-gc --max-semi-space-size=2 --heap-growing-percent=30
// Kept in the oldest syntax that any Node with ES modules reads, so that an old one gets a sentence and no stack.
const MINIMUM = '24.15';
const [major, minor] = process.versions.node.split('.').map(Number);
if (major !== 24 || minor < 15) {
  const { existsSync } = await import('node:fs');
  const here = (name) => existsSync(new URL('../node_modules/' + name, import.meta.url));
  const hasOwn = here('.bin/node') || here('node');
  const next = hasOwn
    ? 'start it through npm or npx in its folder, which brings the right one (`npx rotor …`)'
    : 'run `npm ci` in its folder first, which brings the right one for Linux, then `npx rotor …`';
  process.stderr.write(
    'rotor needs Node ' +
      MINIMUM +
      ' or a newer 24, and was started with ' +
      process.versions.node +
      ': ' +
      next +
      '.\n',
  );
  process.exitCode = 2;
} else {
  const built = await import('../dist/bundle/main.js').catch((error) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND' || !error.message.includes('dist/bundle/main.js')) throw error;
    process.stderr.write('rotor is not built yet: run `npm run build` in its folder.\n');
  });
  process.exitCode = built ? await built.main(process.argv) : 2;
}

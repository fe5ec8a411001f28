#!/usr/bin/env node
// Kept in the oldest syntax that any Node with ES modules reads, so that an old one gets a sentence and no stack.
const MINIMUM = 24;
const major = Number(process.versions.node.split('.')[0]);
if (major < MINIMUM) {
  process.stderr.write(
    'rotor needs Node ' +
      MINIMUM +
      ' and was started with ' +
      process.versions.node +
      ': start it through npm or npx in its folder, which brings the right one (`npx rotor …`), or install Node ' +
      MINIMUM +
      '.\n',
  );
  process.exitCode = 2;
} else {
  const built = await import('../dist/cli/main.js').catch((error) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND' || !error.message.includes('dist/cli/main.js')) throw error;
    process.stderr.write('rotor is not built yet: run `npm run build` in its folder.\n');
  });
  process.exitCode = built ? await built.main(process.argv) : 2;
}

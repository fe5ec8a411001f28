import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import { rewritten } from '../../../src/targets/file/forms/form.js';
import { nodejsForm } from '../../../src/targets/file/forms/nodejs.js';
import { fixtureOf, formSuite, headerSafe, refuses, someToken, writesOver } from './form-suite.js';

const form = nodejsForm('secretToken');

/** As Node.js itself runs it. */
const parsed = (text: string): unknown => {
  const module = { exports: {} as Record<string, unknown> };
  runInNewContext(text, { module, process: { env: {} } });
  return module.exports['secretToken'];
};

formSuite('nodejs', {
  form,
  fixture: 'elastic-apm-node.js',
  parsed,
  without: (text) => text.replace(/^ {2}secretToken:[^\n]*\n/m, ''),
  added: (text, token) =>
    text
      .replace(/^ {2}secretToken:[^\n]*\n/m, '')
      .replace(/( {2}globalLabels:.*?)(\r?\n)/, `$1$2  secretToken: '${token}',$2`),
});

describe('form nodejs', () => {
  writesOver(form, [
    ['module.exports = { secretToken: "old" }', 'module.exports = { secretToken: "new" }'],
    ['module.exports = { "secretToken": `old` }', 'module.exports = { "secretToken": `new` }'],
    [
      "module.exports = { secretToken: 'a', secretToken: 'b' }",
      "module.exports = { secretToken: 'a', secretToken: 'new' }",
    ],
    ["module.exports = { ...base, secretToken: 'a' }", "module.exports = { ...base, secretToken: 'new' }"],
    ["exports = module.exports = { secretToken: 'a' }", "exports = module.exports = { secretToken: 'new' }"],
    [
      "const c = { secretToken: 'a' };\nmodule.exports = c;",
      "const c = { secretToken: 'new' };\nmodule.exports = c;",
    ],
    [
      'module.exports = { secretToken: undefinedThing.x, secretToken: null }',
      "module.exports = { secretToken: undefinedThing.x, secretToken: 'new' }",
    ],
    ['module.exports = {}', "module.exports = { secretToken: 'new' }"],
    ['module.exports = { a: 1 }', "module.exports = { a: 1, secretToken: 'new' }"],
    [
      'module.exports = {\n  a: 1 // one\n};\n',
      "module.exports = {\n  a: 1, // one\n  secretToken: 'new',\n};\n",
    ],
    [
      'module.exports = {\n  a: 1 /* one */,\n};\n',
      "module.exports = {\n  a: 1 /* one */,\n  secretToken: 'new',\n};\n",
    ],
  ]);

  it.each(['"', "'", '`'])('writes whatever a header can carry in %s', (quote) => {
    fc.assert(
      fc.property(headerSafe, (token) => {
        const text = rewritten(form, `module.exports = { secretToken: ${quote}old${quote} }`, token);
        expect([form.read(text), parsed(text)]).toEqual([token, token]);
      }),
    );
  });

  refuses(form, [
    [
      'a token from the environment',
      'module.exports = { secretToken: process.env.T }',
      'takes secretToken from code',
    ],
    [
      'a token that is put together',
      'module.exports = { secretToken: `a${b}` }',
      'takes secretToken from code',
    ],
    ['a getter', 'module.exports = { get secretToken() { return 1 } }', 'takes secretToken from code'],
    ['what a spread may bring', 'module.exports = { ...base }', 'may have secretToken in what it spreads'],
    [
      'what a spread may bring over it',
      "module.exports = { secretToken: 'a', ...base }",
      'may have secretToken again',
    ],
    [
      'a key that is put together',
      "module.exports = { secretToken: 'a', [k]: 1 }",
      'may have secretToken again',
    ],
    ['two exports', 'module.exports = {}; module.exports = {}', 'says module.exports more than once'],
    [
      'a property set later',
      'module.exports = {}; module.exports.secretToken = 1',
      'says module.exports more than once',
    ],
    ['an export by exports', 'module.exports = {}; exports.a = 1', 'says module.exports more than once'],
    ['a function', 'module.exports = f()', 'exports something else than an object'],
    [
      'a constant that something else uses',
      'const c = {}; c.a = 1; module.exports = c',
      'exports something else than an object',
    ],
    ['a module', 'export default {}', 'is no script that require() could load: an error in line 1'],
    ['no export', 'start({})', 'has no module.exports'],
  ]);

  const agent = fileURLToPath(new URL('../../../node_modules/elastic-apm-node', import.meta.url));
  if (!existsSync(agent))
    console.warn('elastic-apm-node is not installed: what the agent itself reads is not checked.');
  (existsSync(agent) ? it : it.skip)(
    'is what the agent itself starts with, under the default name of the file',
    () => {
      const folder = mkdtempSync(join(tmpdir(), 'rotor-nodejs-'));
      try {
        const token = someToken();
        writeFileSync(
          join(folder, 'elastic-apm-node.js'),
          rewritten(form, fixtureOf('elastic-apm-node.js', 'x'), token),
        );
        const code = `const apm = require(${JSON.stringify(agent)}).start({ active: false });
        process.send(apm.getConfig ? apm.getConfig('secretToken') : apm._conf.secretToken);`;
        const { stdout, stderr } = spawnSync(
          process.execPath,
          ['-e', code.replace('process.send(', 'process.stderr.write(')],
          { cwd: folder, encoding: 'utf8', env: { PATH: process.env['PATH'] } },
        );
        expect(stderr).toBe(token);
        expect(stdout).not.toContain(token);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );
});

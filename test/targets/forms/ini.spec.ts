import { describe, expect, it } from '@jest/globals';
import { parse } from 'ini';
import fc from 'fast-check';
import { spawnSync } from 'node:child_process';
import { rewritten } from '../../../src/targets/file/forms/form.js';
import { iniForm } from '../../../src/targets/file/forms/ini.js';
import { fixtureOf, formSuite, headerSafe, problemOf, refuses, writesOver } from './form-suite.js';

const KEY = 'elastic_apm.secret_token';
const form = iniForm(KEY);
/** A single quote, and something that PHP reads in double quotes. */
const UNQUOTABLE = /^(?=.*')(?=.*["\\$])/;
/** In these quotes npm's ini reads JSON, and PHP does not. */
const NOT_LIKE_PHP = /^(?:".*"|-?\d[\d.eE+-]*|true|false|null|[[{].*)$/;

formSuite('ini', {
  form,
  fixture: '99-elastic.ini',
  parsed: (text) => Object(parse(text))['elastic'][KEY] as unknown,
  cannotHold: new RegExp(`${UNQUOTABLE.source}|${NOT_LIKE_PHP.source}|\\\\|[;#]`),
  without: (text) => text.replace(/^elastic_apm.secret_token[^\n]*\n/m, ''),
  added: (text, token) =>
    text
      .replace(/^elastic_apm.secret_token[^\n]*\n/m, '')
      .replace(/(elastic_apm.service_name.*?)(\r?\n)/, `$1$2${KEY} = "${token}"$2`),
});

describe('form ini', () => {
  writesOver(form, [
    [`${KEY} = old\n`, `${KEY} = new\n`],
    [`${KEY}=\n`, `${KEY}="new"\n`],
    [`${KEY}="old"`, `${KEY}="new"`],
    [`  ${KEY} = 'old' ; note\n`, `  ${KEY} = 'new' ; note\n`],
    [`${KEY}=a\n${KEY}=b\n`, `${KEY}=a\n${KEY}=new\n`],
    ['', `${KEY} = "new"\n`],
    ['[PATH=/www]\na=1\n', `${KEY} = "new"\n[PATH=/www]\na=1\n`],
    ['a = "x\ny"\n', `a = "x\ny"\n${KEY} = "new"\n`],
  ]);

  it('quotes what PHP would read as something else than text', () => {
    for (const token of ['on', 'null', '123', 'a!b', 'a;b', 'a|b', '-a']) {
      expect(rewritten(form, `${KEY} = old\n`, token)).toBe(`${KEY} = "${token}"\n`);
    }
    expect(rewritten(form, `${KEY} = "old"\n`, 'a${b}"\\')).toBe(`${KEY} = 'a\${b}"\\'\n`);
  });

  refuses(form, [
    ['a variable', `${KEY} = \${TOKEN}\n`, 'takes elastic_apm.secret_token from a variable'],
    [
      'a section for one host',
      `[HOST=a]\n${KEY}=x\n`,
      'in [HOST=a], where it counts for that host or folder alone',
    ],
    ['text behind the quotes', `${KEY}="a"b\n`, 'more behind the quotes'],
    ['quotes that do not end', 'a="x\n', 'quotes in line 1 that do not end'],
  ]);

  it('refuses a token for which PHP has no quotes', () => {
    expect(problemOf(() => rewritten(form, `${KEY}=x\n`, `a'$b`)).problem).toContain(
      'cannot hold this token',
    );
  });

  const php = spawnSync('php', ['-v']).error === undefined;
  if (!php) console.warn('No php on this machine: what its own parser reads is not checked.');
  (php ? it : it.skip)('writes what PHP itself reads', () => {
    const tokens = fc.sample(headerSafe, 30).filter((token) => !UNQUOTABLE.test(token));
    const seen = tokens.map((token) => {
      const text = rewritten(form, fixtureOf('99-elastic.ini', 'x'), token);
      const code = `echo parse_ini_string(stream_get_contents(STDIN))['${KEY}'];`;
      return spawnSync('php', ['-n', '-r', code], { input: text, encoding: 'utf8' }).stdout;
    });
    expect(seen).toEqual(tokens);
  });
});

import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { rewritten } from '../../../src/targets/file/forms/form.js';
import { yamlForm } from '../../../src/targets/file/forms/yaml.js';
import { formSuite, problemOf, refuses, writesOver } from './form-suite.js';

const ruby = yamlForm('secret_token', { erb: true });
const plain = yamlForm('secret_token', { erb: false });

/** Psych and the YAML of Helm are of version 1.1, where more words are no text. */
const YAML_1_1 = { version: '1.1' } as const;

/** As ERB leaves it where it makes nothing. */
const rendered = (text: string): string => text.replaceAll(/<%[\s\S]*?%>/g, '');

formSuite('yaml, of the Ruby agent', {
  form: ruby,
  fixture: 'elastic_apm.yml',
  parsed: (text) => Object(parse(rendered(text), YAML_1_1)).secret_token as unknown,
  // The target refuses it for Ruby.
  cannotHold: /<%/,
  without: (text) => text.replace(/^secret_token[^\n]*\n/m, ''),
  added: (text, token) => {
    const eol = text.includes('\r\n') ? '\r\n' : '\n';
    const rest = text.replace(/^secret_token[^\n]*\n/m, '');
    return rest.endsWith('\n')
      ? `${rest}secret_token: "${token}"${eol}`
      : `${rest}${eol}secret_token: "${token}"`;
  },
});

formSuite('yaml, of the Kubernetes attacher', {
  form: yamlForm('apm.secret_token', { erb: false }),
  fixture: 'attacher-values.yaml',
  parsed: (text) => Object(parse(text, YAML_1_1)).apm.secret_token as unknown,
  without: (text) => text.replace(/^ {2}secret_token[^\n]*\n/m, ''),
  added: (text, token) =>
    text
      .replace(/^ {2}secret_token[^\n]*\n/m, '')
      .replace(/ {2}api_key:(\r?\n)/, `  api_key:$1  secret_token: "${token}"$1`),
});

describe('form yaml', () => {
  writesOver(plain, [
    ['secret_token:\n', 'secret_token: "new"\n'],
    ['secret_token: # none yet\nb: 1\n', 'secret_token: "new" # none yet\nb: 1\n'],
    ['secret_token: ~\n', 'secret_token: new\n'],
    ['{ secret_token: old, b: 1 }\n', '{ secret_token: new, b: 1 }\n'],
    ['secret_token: |-\n  old\nb: 1\n', 'secret_token: "new"\nb: 1\n'],
    ['secret_token: 0123\n', 'secret_token: new\n'],
    ['---\nsecret_token: old\n...\n', '---\nsecret_token: new\n...\n'],
    ['b:\n  - 1\n', 'b:\n  - 1\nsecret_token: "new"\n'],
  ]);

  it.each(['yes', 'null', '0x1f', '1e5', '12_000', 'n', '-a', '1:30'])(
    'quotes %j, which is no text by itself',
    (token) => {
      const text = rewritten(plain, 'secret_token: old\n', token);
      expect(parse(text, YAML_1_1)).toEqual({ secret_token: token });
      expect(text).toBe(`secret_token: "${token}"\n`);
    },
  );

  it('reads a number as it is written', () => {
    expect(plain.read('secret_token: 0123\n')).toBe('0123');
  });

  it('takes the last of a key that stands twice in a file for Ruby, and refuses it elsewhere', () => {
    const text = 'secret_token: a\nsecret_token: b\n';
    expect(rewritten(ruby, text, 'new')).toBe('secret_token: a\nsecret_token: new\n');
    expect(problemOf(() => rewritten(plain, text, 'new')).problem).toContain('has secret_token twice');
  });

  refuses(ruby, [
    ['a token made by ERB', "secret_token: <%= ENV['T'] %>\n", 'takes secret_token from a line of ERB'],
    [
      'a token in quotes made by ERB',
      `secret_token: "<%= ENV['T'] %>"\n`,
      'takes secret_token from a line of ERB',
    ],
    [
      'a token that ERB may leave out',
      '<% if a %>\nsecret_token: b\n<% end %>\n',
      'between two lines of ERB',
    ],
    ['an alias', 'a: &t x\nsecret_token: *t\n', 'has an alias at secret_token'],
    ['an anchor', 'secret_token: &t x\n', 'has an anchor or a tag at secret_token'],
    ['a map', 'secret_token: { a: 1 }\n', 'has no text at secret_token'],
    [
      'what a merge may bring',
      'a: &a { secret_token: x }\n<<: *a\n',
      'may take secret_token from another part',
    ],
    ['two documents', 'a: 1\n---\nb: 1\n', 'holds several YAML documents'],
    ['no YAML', 'a: [1\n', 'is no YAML document'],
    ['nothing', '', 'is empty'],
    ['comments alone', '# nothing\n', 'is empty'],
  ]);

  it('refuses a section that is not there', () => {
    const form = yamlForm('apm.secret_token', { erb: false });
    expect(problemOf(() => rewritten(form, 'a: 1\n', 'new')).problem).toContain('has no section apm');
  });

  it('does not take a URL for one that ERB makes', () => {
    expect(ruby.rest("server_url: <%= ENV['U'] %>\n").get('server_url')).toEqual({ unseen: 'set' });
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getProperties } from 'properties-file';
import { rewritten } from '../../../src/targets/file/forms/form.js';
import { propertiesForm } from '../../../src/targets/file/forms/properties.js';
import { fixtureOf, type FormCase, formSuite, headerSafe, problemOf, writesOver } from './form-suite.js';

const form = propertiesForm('secret_token');

formSuite('properties', {
  form,
  fixture: 'elasticapm.properties',
  parsed: (text) => getProperties(text)['secret_token'],
  ...lineAtTheEnd('secret_token'),
});

formSuite('gradle-properties', {
  form: propertiesForm('elasticApmSecretToken'),
  fixture: 'gradle.properties',
  parsed: (text) => getProperties(text)['elasticApmSecretToken'],
  ...lineAtTheEnd('elasticApmSecretToken'),
});

describe('form properties', () => {
  it('takes the last of a key that stands twice, as Java does', () => {
    const text = 'secret_token=first\nsecret_token : second\n';
    expect(form.read(text)).toBe('second');
    expect(rewritten(form, text, 'third')).toBe('secret_token=first\nsecret_token : third\n');
  });

  writesOver(form, [
    ['secret_token', 'secret_token=new'],
    ['secret_token=', 'secret_token=new'],
    ['secret_token=a\\\n   b\nx=1', 'secret_token=new\nx=1'],
    ['secret_token old\n', 'secret_token new\n'],
  ]);

  it('refuses to write what would not be read back: a last line that goes on in what is added', () => {
    const { problem } = problemOf(() => rewritten(form, 'a=1\\', 'new'));
    expect(problem).toContain('would not have been read back as it was before but for the token');
  });

  const java = spawnSync('java', ['-version']).error === undefined;
  if (!java) console.warn('No java on this machine: what java.util.Properties reads is not checked.');
  (java ? it : it.skip)('writes what java.util.Properties itself reads', () => {
    const folder = mkdtempSync(join(tmpdir(), 'rotor-properties-'));
    try {
      const tokens = fc.sample(headerSafe, 100);
      const files = tokens.map((token, index) => join(folder, `${index}.properties`));
      for (const [index, file] of files.entries()) {
        writeFileSync(file, rewritten(form, fixtureOf('elasticapm.properties', 'x'), tokens[index] ?? ''));
      }
      writeFileSync(join(folder, 'Read.java'), READ);
      const { stdout, stderr } = spawnSync('java', [join(folder, 'Read.java'), ...files], {
        encoding: 'utf8',
      });
      expect(stderr).toBe('');
      expect(stdout.trimEnd().split('\n')).toEqual(tokens);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

const READ = `
  public class Read {
    public static void main(String[] files) throws Exception {
      for (String file : files) {
        java.util.Properties properties = new java.util.Properties();
        try (java.io.InputStream in = new java.io.FileInputStream(file)) { properties.load(in); }
        System.out.println(properties.getProperty("secret_token"));
      }
    }
  }
`;

function lineAtTheEnd(key: string): Pick<FormCase, 'without' | 'added'> {
  const without = (text: string): string => text.replace(new RegExp(`^ *${key}[^\\n]*\\n`, 'm'), '');
  const added = (text: string, token: string): string => {
    const eol = text.includes('\r\n') ? '\r\n' : '\n';
    const rest = without(text);
    return rest.endsWith('\n') ? `${rest}${key}=${token}${eol}` : `${rest}${eol}${key}=${token}`;
  };
  return { without, added };
}

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { resolveSecret, secretFileWarning, type SecretRef } from '../../src/config/index.js';
import { secretRef } from '../../src/config/secret-ref.js';
import { RotorError } from '../../src/rotation/errors.js';

let folder: string;
let value: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rotor-secret-'));
  value = randomBytes(24).toString('base64url');
});

afterEach(() => rmSync(folder, { recursive: true }));

const fromEnv = secretRef('${env:EC_API_KEY}');

function file(content: string, mode = 0o600): { path: string; ref: SecretRef } {
  const path = join(folder, 'secret');
  writeFileSync(path, content);
  chmodSync(path, mode);
  return { path, ref: secretRef(`\${file:${path}}`) };
}

function errorOf(action: () => unknown): RotorError {
  try {
    action();
  } catch (error) {
    if (error instanceof RotorError) return error;
  }
  throw new Error('no RotorError was thrown');
}

describe('a secret reference', () => {
  it('takes the value of a variable', () => {
    expect(resolveSecret(fromEnv, { EC_API_KEY: value }).reveal()).toBe(value);
  });

  it('takes the file that X_FILE names where X is not set, or empty', () => {
    const { path } = file(value);
    expect(resolveSecret(fromEnv, { EC_API_KEY_FILE: path }).reveal()).toBe(value);
    expect(resolveSecret(fromEnv, { EC_API_KEY: '', EC_API_KEY_FILE: path }).reveal()).toBe(value);
  });

  it('refuses X and X_FILE at once, since one of them is not meant', () => {
    const error = errorOf(() =>
      resolveSecret(fromEnv, { EC_API_KEY: value, EC_API_KEY_FILE: file(value).path }),
    );
    expect(error.message).toBe('both EC_API_KEY and EC_API_KEY_FILE are set');
  });

  it.each([
    ['one line feed', '\n', ''],
    ['one carriage return and line feed', '\r\n', ''],
    ['nothing more than one line break', '\n\n', '\n'],
    ['no blank', ' ', ' '],
  ])('takes off a file %s', (_, end, kept) => {
    expect(resolveSecret(file(value + end).ref, {}).reveal()).toBe(value + kept);
  });

  it('reads a file anew each time', () => {
    const { path, ref } = file(value);
    resolveSecret(ref, {});
    const next = randomBytes(24).toString('base64url');
    writeFileSync(path, next);
    expect(resolveSecret(ref, {}).reveal()).toBe(next);
  });

  it('says that neither X nor X_FILE is set', () => {
    const error = errorOf(() => resolveSecret(fromEnv, {}));
    expect(error.code).toBe('config_invalid');
    expect(error.message).toBe(
      'the environment variable EC_API_KEY is not set, and neither is EC_API_KEY_FILE',
    );
    expect(error.hint).toContain('Set EC_API_KEY');
  });

  it('refuses an empty value, and one of blanks', () => {
    const { path, ref } = file('\n');
    expect(errorOf(() => resolveSecret(ref, {})).message).toBe(`the file ${path} is empty`);
    expect(errorOf(() => resolveSecret(fromEnv, { EC_API_KEY: '' })).message).toBe(
      'the environment variable EC_API_KEY is empty',
    );
    expect(errorOf(() => resolveSecret(fromEnv, { EC_API_KEY: '  ' })).message).toContain('is empty');
  });

  it('names the file that cannot be read, and why', () => {
    const absent = join(folder, 'absent');
    expect(errorOf(() => resolveSecret(secretRef(`\${file:${absent}}`), {})).message).toContain(
      `${absent} of`,
    );
    expect(errorOf(() => resolveSecret(secretRef(`\${file:${absent}}`), {})).message).toContain('ENOENT');
    expect(errorOf(() => resolveSecret(secretRef(`\${file:${folder}}`), {})).message).toContain('EISDIR');
    expect(errorOf(() => resolveSecret(fromEnv, { EC_API_KEY_FILE: absent })).message).toContain(
      'EC_API_KEY_FILE',
    );
  });

  it('never puts a value into an error, and a resolved one does not print', () => {
    const { path } = file(value);
    const error = errorOf(() => resolveSecret(fromEnv, { EC_API_KEY: value, EC_API_KEY_FILE: path }));
    const refused = errorOf(() => secretRef(value));
    const secret = resolveSecret(fromEnv, { EC_API_KEY: value });
    const seen = [error, refused, secret].map((each) => inspect(each, { depth: 9 }) + JSON.stringify(each));
    expect(seen.join('\n')).not.toContain(value);
  });

  it('is its own text, so that JSON keeps it and never the value', () => {
    expect(JSON.stringify({ apiKey: fromEnv })).toBe('{"apiKey":"${env:EC_API_KEY}"}');
  });

  it.each([
    '${env:}',
    '${env:1X}',
    '${env:A B}',
    '${file:relative}',
    '${file:}',
    'x${env:X}',
    '${env:X}x',
    '$X',
    '',
  ])('is not %j', (text) => {
    expect(() => secretRef(text)).toThrow('expected a reference: "${env:NAME}" or "${file:/absolute/path}"');
  });
});

describe('the warning about a secret file', () => {
  it.each([0o640, 0o604, 0o660, 0o777])('is given for mode %o', (mode) => {
    const { path, ref } = file(value, mode);
    const octal = mode.toString(8).padStart(4, '0');
    expect(secretFileWarning(ref, {})).toContain(`${path} holds a secret and has mode ${octal}`);
  });

  it.each([0o600, 0o400])('is not given for mode %o', (mode) => {
    expect(secretFileWarning(file(value, mode).ref, {})).toBeUndefined();
  });

  it('looks at the file of X_FILE, and is silent about a variable and about an absent file', () => {
    const { path } = file(value, 0o644);
    expect(secretFileWarning(fromEnv, { EC_API_KEY_FILE: path })).toContain('0644');
    expect(secretFileWarning(fromEnv, { EC_API_KEY: value })).toBeUndefined();
    expect(secretFileWarning(fromEnv, { EC_API_KEY_FILE: join(folder, 'absent') })).toBeUndefined();
  });
});

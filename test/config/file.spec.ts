import { afterAll, describe, expect, it } from '@jest/globals';
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/index.js';
import { RotorError } from '../../src/rotation/errors.js';
import { configWith, findings, lines } from './refused.js';

describe('YAML that is broken', () => {
  it.each([
    [
      'a bracket that is not closed',
      'version: 1\ncloud: { apiKey: x\n',
      '3:1',
      'a line that is indented wrongly, or a bracket that is not closed',
    ],
    ['a quote that is not closed', 'version: "1\n', '2:1', 'a missing character'],
    [
      'a field of an item that is indented by one too few',
      'rotations:\n  - name: a\n   select: { deployment: x }\n',
      '3:1',
      'a line that is indented as neither an item of the list nor a field of one',
    ],
    [
      'a tab as indentation',
      'version: 1\ncloud:\n\tapiKey: x\n',
      '3:1',
      'a tab in the indentation of line 3',
    ],
    ['an alias without an anchor', 'version: *v\n', '1:10', 'an alias without its anchor'],
    ['a second document', 'version: 1\n---\nversion: 1\n', '2:1', 'a second document'],
    ['a key that is a list', '[a]: 1\n', '1:1', 'a key that is not a text'],
    ['a tag', 'version: !x 1\n', '1:10', 'a tag that has no meaning here'],
  ])('is told with its place: %s', (_, text, place, found) => {
    expect(lines(text).join('\n')).toContain(`rotor.yaml:${place}: found ${found}, expected `);
  });

  it('is one sentence for a tab in the indentation, whatever follows from it, wherever it stands', () => {
    const whole = readFileSync('deploy/rotor.complete.yaml', 'utf8').split('\n');
    const indented = [...whole.keys()].filter((index) => /^ +[^ #]/.test(whole[index] ?? ''));
    expect(indented.length).toBeGreaterThan(150);
    for (const index of indented.filter((_, nth) => nth % 7 === 0)) {
      const text = whole.with(index, `\t${whole[index]?.trimStart()}`).join('\n');
      expect(lines(text)).toEqual([
        `rotor.yaml:${index + 1}:1: found a tab in the indentation of line ${index + 1}, expected spaces, as YAML allows no tabs for indentation.`,
      ]);
    }
  });

  it('is one sentence where the whole file is indented by tabs', () => {
    const text = configWith({ rotation: 'maxAge: 30d' }).replaceAll('  ', '\t');
    expect(lines(text)).toEqual([
      'rotor.yaml:5:1: found a tab in the indentation of line 5, and in 4 more lines, expected spaces, as YAML allows no tabs for indentation.',
    ]);
  });

  it('is not laid to a tab in a text over several lines', () => {
    const rotation = 'description: |\n  \ta text\nmaxAge: @30d';
    expect(lines(configWith({ rotation }))).toEqual([
      'rotor.yaml:10:13: found a text that begins with a reserved character, expected quotes around it.',
    ]);
  });

  it('is told alone, since its values cannot be trusted', () => {
    expect(findings('version: 2\ncloud: { a: [ }\n').every(({ path }) => path === '')).toBe(true);
  });

  it('names a key that is there twice', () => {
    expect(lines(configWith({ rotation: 'maxAge: 1d\nmaxAge: 2d' }))).toEqual([
      'rotor.yaml:9:5 rotations.0.maxAge: found a key that is already there, expected each key once in a mapping.',
    ]);
  });

  it('goes on with the last value of a key that is there twice', () => {
    const twice = configWith({ rotation: 'maxAge: 1d\nmaxAge: 2x' });
    expect(findings(twice).map(({ line, column }) => `${line}:${column}`)).toEqual(['9:5', '9:13']);
  });

  it('is refused where aliases multiply', () => {
    const levels = 'abcdefgh'.split('').map((name, index, all) => {
      const before = all[index - 1];
      return `${name}: &${name} [${Array(9)
        .fill(before === undefined ? 'x' : `*${before}`)
        .join(', ')}]`;
    });
    expect(lines(levels.join('\n'))).toEqual([
      'rotor.yaml:1:1: found aliases that multiply, expected a file that holds each value about once.',
    ]);
  });

  it('may have anchors and aliases; a fault is told where the value is written', () => {
    const text = configWith({ head: 'defaults: { verify: &v { probes: 2 } }', rotation: 'verify: *v' });
    expect(findings(text).map(({ line, column, path }) => `${line}:${column} ${path}`)).toEqual([
      '3:34 defaults.verify.probes',
      '3:34 rotations.0.verify.probes',
    ]);
  });

  it('cannot reach the prototype of an object', () => {
    const [first] = lines(configWith({ head: '__proto__: { polluted: true }' }));
    expect(first).toContain('rotor.yaml:3:1 __proto__: found an unknown key');
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });
});

describe('a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rotor-config-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(['', '\n', '# only a comment\n', '---\n', '~\n'])(
    'is refused when it is as empty as %j',
    (text) => {
      expect(lines(text)).toEqual([
        'rotor.yaml:1:1: found an empty file, expected a mapping with version and rotations. Start from deploy/rotor.minimal.yaml.',
      ]);
    },
  );

  it('is refused when it holds no mapping', () => {
    expect(lines('- a\n')).toEqual(['rotor.yaml:1:1: found a list, expected a mapping.']);
  });

  it('is refused when it is not there', () => {
    const path = join(folder, 'absent.yaml');
    expect(messageFor(path)).toBe(
      `${path}: found no such file, expected a config file in YAML. Give its path with --config or ROTOR_CONFIG, or write a first one with \`rotor init\`.`,
    );
  });

  it('is refused when it is a directory', () => {
    expect(messageFor(folder)).toContain(`${folder}: found a directory, expected a config file in YAML.`);
  });

  it('is refused when it cannot be read', () => {
    const path = join(folder, 'loop.yaml');
    symlinkSync(path, path);
    expect(messageFor(path)).toContain(`${path}: found a file that cannot be read (ELOOP), expected`);
  });

  it('is refused when its mode forbids to read it', () => {
    const path = join(folder, 'locked.yaml');
    writeFileSync(path, configWith());
    chmodSync(path, 0o000);
    chmodSync(folder, 0o711);
    expect(asNobody(() => messageFor(path))).toContain('found a file that the user of Rotor may not read');
  });

  it('is read when it is all right, with a byte order mark and Windows line ends too', () => {
    const path = join(folder, 'rotor.yaml');
    writeFileSync(path, `\uFEFF${configWith().replaceAll('\n', '\r\n')}`);
    expect(loadConfig(path).rotations[0]?.name).toBe('checkout');
  });
});

/** Root may read any file, whatever its mode, so a test that runs as root steps down for a moment. */
function asNobody<T>(action: () => T): T {
  if (process.geteuid?.() !== 0) return action();
  process.seteuid?.(65_534);
  try {
    return action();
  } finally {
    process.seteuid?.(0);
  }
}

function messageFor(path: string): string {
  try {
    loadConfig(path);
  } catch (error) {
    return error instanceof RotorError ? error.message : 'an error that is no RotorError';
  }
  throw new Error('the file was accepted');
}

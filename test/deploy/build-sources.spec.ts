import { afterEach, beforeEach, expect, it } from '@jest/globals';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashOfSources } from '../../deploy/build-sources.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'rotor-sources-'));
  mkdirSync(join(root, 'src/cli'), { recursive: true });
  writeFileSync(join(root, 'src/main.ts'), 'one');
  writeFileSync(join(root, 'src/cli/print.ts'), 'two');
  writeFileSync(join(root, 'package.json'), '{}');
});
afterEach(() => rmSync(root, { recursive: true }));

const hash = (): string => hashOfSources(root, ['src', 'package.json']);

it('of the same sources it is the same, wherever they are and whenever they were written', () => {
  const before = hash();
  utimesSync(join(root, 'src/main.ts'), 1, 1);
  const other = join(root, 'other');
  cpSync(join(root, 'src'), join(other, 'src'), { recursive: true });
  cpSync(join(root, 'package.json'), join(other, 'package.json'));
  expect([hash(), hashOfSources(other, ['src', 'package.json'])]).toEqual([before, before]);
});

it.each<[what: string, change: () => void]>([
  ['added', () => writeFileSync(join(root, 'src/cli/room.ts'), '')],
  ['removed', () => rmSync(join(root, 'src/cli/print.ts'))],
  ['renamed', () => renameSync(join(root, 'src/main.ts'), join(root, 'src/other.ts'))],
  [
    'changed, even with its time as before',
    () => {
      const { atime, mtime } = statSync(join(root, 'src/main.ts'));
      writeFileSync(join(root, 'src/main.ts'), 'eno');
      utimesSync(join(root, 'src/main.ts'), atime, mtime);
    },
  ],
])('is another once a file was %s', (_what, change) => {
  const before = hash();
  change();
  expect(hash()).not.toBe(before);
});

it('is of what there is to build here', () => {
  expect(hashOfSources(join(import.meta.dirname, '../..'))).toMatch(/^[0-9a-f]{64}$/);
});

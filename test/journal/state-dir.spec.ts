import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/rotation/clock.js';
import { openSqlite } from '../../src/journal/sqlite.js';
import { openStateDir, stateDirWarning } from '../../src/journal/state-dir.js';

const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rotor-state-'));
});
afterEach(async () => rm(folder, { recursive: true }));

describe('the state directory', () => {
  it('is made for its owner alone, with all that leads to it', async () => {
    const inner = join(folder, 'a', 'b');
    openStateDir(inner);
    expect([await modeOf(inner), await modeOf(join(folder, 'a'))]).toEqual(['700', '700']);
  });

  it('may be there already; where others may write to it, that is said', async () => {
    openStateDir(folder);
    expect(stateDirWarning(folder)).toBeUndefined();
    await chmod(folder, 0o777);
    expect(stateDirWarning(folder)).toMatch(/others may write to the state directory .*0777.*0700/);
  });

  it('is refused as a file, below a file, and where nothing can be made', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    expect(() => openStateDir(file)).toThrow(`${file} is not a folder`);
    expect(() => openStateDir(join(file, 'x'))).toThrow('cannot be made (ENOTDIR)');
    expect(() => openStateDir('/proc/rotor/state')).toThrow('cannot be made (ENOENT)');
  });

  it('holds a journal that its owner alone can read, the log beside it included', async () => {
    const file = join(folder, 'journal.db');
    const { db } = openSqlite(file, systemClock);
    await db.schema.createTable('t').addColumn('a', 'text').execute();
    expect([await modeOf(file), await modeOf(`${file}-wal`)]).toEqual(['600', '600']);
    await db.destroy();
  });

  it('holds a file that is no journal: says what to do with it', async () => {
    const file = join(folder, 'journal.db');
    await writeFile(file, 'a letter to the operator '.repeat(40));
    const opening = () => openSqlite(file, systemClock);
    expect(opening).toThrow(expect.objectContaining({ hint: expect.stringContaining('move it away') }));
  });
});

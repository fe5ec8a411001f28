import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiToken, givenApiToken } from '../../src/triggers/api-token.js';

describe('an API token that the operator gives', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rotor-token-'));
  });
  afterEach(async () => rm(folder, { recursive: true }));

  const token = randomBytes(16).toString('hex');

  it('is the one that counts, on every replica, and stands in no state directory', async () => {
    for (const stateDir of [join(folder, 'a'), join(folder, 'b')]) {
      const known = await ApiToken.open(stateDir, givenApiToken({ ROTOR_TOKEN: token }));
      expect([known.is(token), known.is(`${token}x`)]).toEqual([true, false]);
    }
    expect(await readdir(folder)).toEqual([]);
  });

  it('may stand in a file', async () => {
    const file = join(folder, 'token');
    await writeFile(file, `${token}\n`);
    expect(givenApiToken({ ROTOR_TOKEN_FILE: file })?.reveal()).toBe(token);
  });

  it('wins over the one that an earlier start made, and whoever sends that is told where to look', async () => {
    await ApiToken.open(folder);
    const known = await ApiToken.open(folder, givenApiToken({ ROTOR_TOKEN: token }));
    expect(known.is('of-old')).toBe(false);
    expect(known.where).toContain('ROTOR_TOKEN');
  });

  it.each([
    ['is short', token.slice(1), 'has 31 characters'],
    ['has a space', `${token} ${token}`, 'holds a space or a character'],
    ['cannot be sent', `${token}ö`, 'holds a space or a character'],
  ])('is refused where it %s, without a word of it', (_why, bad, said) => {
    const read = () => givenApiToken({ ROTOR_TOKEN: bad });
    expect(read).toThrow(said);
    expect(read).not.toThrow(bad);
  });

  it('is absent where the variable is empty', () => {
    expect(givenApiToken({ ROTOR_TOKEN: '', ROTOR_TOKEN_FILE: '' })).toBeUndefined();
  });
});

import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { rotorHere } from './in-process.js';

let folder: string;
let service: Server;
let asked: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rotor-bundle-'));
  asked = 0;
  service = createServer((_request, response) => {
    asked += 1;
    response.setHeader('connection', 'close').end('{}');
  });
  await once(service.listen(0, '127.0.0.1'), 'listening');
});
afterEach(async () => {
  service.close();
  await once(service, 'close');
  await rm(folder, { recursive: true });
});

const bundle = async (file: string) =>
  rotorHere(['support-bundle', file, '--no-doctor'], {
    ROTOR_ADDR: `http://127.0.0.1:${(service.address() as AddressInfo).port}`,
    ROTOR_TOKEN: 'rot_of_a_test',
  });

it('writes a bundle to a file that is not there yet', async () => {
  const file = join(folder, 'b.tar.gz');
  expect(await bundle(file)).toMatchObject({ exit: 0, stdout: expect.stringContaining('info.json') });
  expect(gunzipSync(await readFile(file)).toString()).toContain('rotor-support/info.json');
  expect(asked).toBeGreaterThan(0);
});

it.each([
  ['is there already', 'there.tar.gz', 'EEXIST'],
  ['is in no folder', 'nowhere/b.tar.gz', 'ENOENT'],
  ['is a folder', '.', 'EISDIR|EEXIST'],
])('says in a sentence that a file which %s cannot be written, before it asks anybody', async (...row) => {
  const [, name, code] = row;
  await writeFile(join(folder, 'there.tar.gz'), 'mine');
  const { exit, stdout, stderr } = await bundle(join(folder, name));
  expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
  expect(stderr).toMatch(new RegExp(`cannot be written \\((${code})\\)`));
  expect(asked).toBe(0);
  expect(await readdir(folder)).toEqual(['there.tar.gz']);
  expect(await readFile(join(folder, 'there.tar.gz'), 'utf8')).toBe('mine');
});

import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Service } from './service.js';

let folder: string;
let service: Service;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rotor-hang-up-'));
});
afterEach(async () => {
  await service.end('SIGKILL');
  await rm(folder, { recursive: true });
});

it('SIGHUP ends no service that waits for its journal, and one that is ready reads its config again', async () => {
  const stateDir = join(folder, 'state');
  await mkdir(stateDir);
  await writeFile(join(stateDir, 'journal.db'), 'no journal '.repeat(400));
  service = await Service.start(folder, stateDir);
  await service.says('service.waiting');
  service.signal('SIGHUP');
  expect(await service.get('/livez')).toMatchObject({ status: 200 });
  await rm(join(stateDir, 'journal.db'));
  await service.isReady();
  await writeFile(join(folder, 'rotor.yaml'), 'version: 3');
  service.signal('SIGHUP');
  await service.says('config.invalid');
  expect(await service.end()).toBe(0);
});

import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { copyFile, mkdir, mkdtemp, open, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fillJournal } from '../journal/bulk.js';
import { Service } from './service.js';

/** More than is checked at each start. */
const RUNS = 50_000;

let folder: string;
let stateDir: string;
let file: string;
const services: Service[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rotor-large-'));
  stateDir = join(folder, 'state');
  file = join(stateDir, 'journal.db');
  await mkdir(stateDir);
  await fillJournal(file, RUNS);
});
afterEach(async () => {
  await Promise.all(services.splice(0).map(async (service) => service.end('SIGKILL')));
  await rm(folder, { recursive: true });
});

const serve = async (env: Record<string, string> = {}): Promise<Service> => {
  const service = await Service.start(folder, stateDir, { env });
  services.push(service);
  return service;
};

/** A module for Node by which the first check is killed, as by a machine that is out of memory. */
function killingOneCheck(): string {
  const done = JSON.stringify(join(folder, 'one-check-was-killed'));
  const module = `import { existsSync, writeFileSync } from 'node:fs';
    if (process.argv[1]?.endsWith('quick-check.js') && !existsSync(${done})) {
      writeFileSync(${done}, '');
      process.kill(process.pid, 'SIGKILL');
    }`;
  return `data:text/javascript,${encodeURIComponent(module)}`;
}

/** Starts, becomes ready, and is ended; tells whether it had checked the journal first. */
const checksFirst = async (end: NodeJS.Signals): Promise<boolean> => {
  const service = await serve();
  await service.isReady();
  const reasons = service.logged('service.waiting').map((line) => line['error.message']);
  await service.end(end);
  for (const reason of reasons) expect(reason).toMatch(/\(\d+ MiB\) was not closed in order.*being checked/);
  return reasons.length > 0;
};

it('a large journal is checked at the start where Rotor has not closed it in order, or somebody touched it', async () => {
  expect({ made: await checksFirst('SIGTERM') }).toEqual({ made: true });
  expect({ closed: await checksFirst('SIGKILL') }).toEqual({ closed: false });
  expect({ killed: await checksFirst('SIGTERM') }).toEqual({ killed: true });
  await copyFile(file, `${file}.copy`);
  await rename(`${file}.copy`, file);
  expect({ restored: await checksFirst('SIGTERM') }).toEqual({ restored: true });
});

it('a large journal that was damaged since Rotor closed it is not opened', async () => {
  expect(await checksFirst('SIGTERM')).toBe(true);
  const handle = await open(file, 'r+');
  const { size } = await handle.stat();
  await handle.write(Buffer.alloc(9_000, 0xff), 0, undefined, Math.floor(size / 2));
  await handle.close();
  const service = await serve();
  await service.says('service.waiting', 2);
  const damaged = {
    status: 503,
    body: { detail: expect.stringMatching(/journal\.db is damaged.*page \d+/) },
  };
  expect(await service.get('/readyz')).toMatchObject(damaged);
  expect(await service.end()).toBe(0);
  expect(service.logged('service.started')).toEqual([]);
});

it('a large journal whose check was killed is not called damaged, and is checked again', async () => {
  const service = await serve({ NODE_OPTIONS: `--import=${killingOneCheck()}` });
  await service.isReady();
  const reasons = service.logged('service.waiting');
  expect(reasons).toMatchObject([
    { 'error.message': expect.stringMatching(/being checked/) },
    {
      'error.message': expect.stringMatching(/journal\.db is whole could not be checked: .*SIGKILL/),
      next: expect.not.stringMatching(/backup|move/),
    },
    { 'error.message': expect.stringMatching(/being checked/) },
  ]);
  expect(await service.end()).toBe(0);
});

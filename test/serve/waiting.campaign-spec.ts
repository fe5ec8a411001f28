import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Migrator } from 'kysely/migration';
import { openSqlite } from '../../src/journal/sqlite.js';
import { migrations } from '../../src/journal/migrations.js';
import { systemClock } from '../../src/rotation/clock.js';
import { postgresBin, PostgresServer } from '../journal/postgres-server.js';
import { Disk, mayMount } from './disk.js';
import { Service } from './service.js';

const WRONG = 'a letter to the operator, and no journal '.repeat(40);

/** It lives, is not ready, and tells everybody the same why. */
function waitingFor(why: RegExp, next: RegExp): object {
  const problem = {
    status: 503,
    type: 'application/problem+json',
    body: {
      type: '/problems/journal-unavailable',
      code: 'journal_unavailable',
      status: 503,
      detail: expect.stringMatching(why),
      hint: expect.stringMatching(next),
    },
  };
  return {
    alive: { status: 200, body: { status: 'ok' } },
    everythingElse: [problem, problem, problem],
  };
}

/** Became the whole service where it was waited for, after one reason. */
const BY_ITSELF = { status: 200, samePlace: true, reasons: 1, exit: 0 };

describe('rotor serve, whose journal cannot be opened', () => {
  let folder: string;
  let stateDir: string;
  const services: Service[] = [];
  const disks: Disk[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rotor-serve-'));
    stateDir = join(folder, 'state');
  });
  afterEach(async () => {
    await Promise.all(services.splice(0).map(async (service) => service.end('SIGKILL')));
    for (const disk of disks.splice(0).toReversed()) disk.unmount();
    await rm(folder, { recursive: true });
  });

  const serve = async (
    ...[where = stateDir, options = {}]: [string?, Parameters<typeof Service.start>[2]?]
  ) => {
    const service = await Service.start(folder, where, options);
    services.push(service);
    return service;
  };
  const mounted = (disk: Disk): Disk => {
    disks.push(disk);
    return disk;
  };

  const answers = async (service: Service) => {
    await service.says('service.waiting');
    const asked = [service.get('/readyz'), service.get('/v1/rotations'), service.rotate('checkout')];
    return { alive: await service.get('/livez'), everythingElse: await Promise.all(asked) };
  };

  const took = async (service: Service) => {
    const [waited] = service.logged('service.waiting');
    await service.isReady();
    const { status } = await service.get('/v1/rotations');
    const address = service.logged('service.started')[0]?.url?.full;
    const samePlace = address?.endsWith(`:${waited?.server?.port}`);
    return {
      status,
      samePlace,
      reasons: service.logged('service.waiting').length,
      exit: await service.end(),
    };
  };

  it('since it is damaged, waits until it was moved away', async () => {
    await mkdir(stateDir);
    await writeFile(join(stateDir, 'journal.db'), WRONG);
    const service = await serve();
    expect(await answers(service)).toMatchObject(
      waitingFor(/journal\.db is damaged/, /backup in its place \(`rotor restore FILE`\), or move it away/),
    );
    await rename(join(stateDir, 'journal.db'), join(stateDir, 'damaged.db'));
    expect(await took(service)).toEqual(BY_ITSELF);
    expect(await readFile(join(stateDir, 'damaged.db'), 'utf8')).toBe(WRONG);
  });

  it('ends at once with exit code 0 when it is asked to while it waits', async () => {
    await mkdir(stateDir);
    await writeFile(join(stateDir, 'journal.db'), WRONG);
    const service = await serve();
    await service.says('service.waiting');
    expect(await service.end()).toBe(0);
  });

  it('of two that wait for one file, lets one have it and ends the other with the reason', async () => {
    await mkdir(stateDir);
    await writeFile(join(stateDir, 'journal.db'), WRONG);
    const both = [await serve(), await serve()];
    await Promise.all(both.map(async (service) => service.says('service.waiting')));
    await rename(join(stateDir, 'journal.db'), join(stateDir, 'damaged.db'));
    const refused = await Promise.race(both.map(async (service) => service.exit.then(() => service)));
    expect(await refused.exit).toBe(1);
    expect(refused.stderr).toMatch(/journal\.db is in use by another process/);
    await both.find((service) => service !== refused)?.isReady();
  });

  it('since another process works on it, ends at once, and the other works on', async () => {
    const first = await serve();
    await first.isReady();
    const second = await serve();
    expect(await second.exit).toBe(1);
    expect(second.stderr).toMatch(/journal\.db is in use by another process.*\nhint: .*stop the other one/);
    expect(second.logged('service.waiting')).toEqual([]);
    expect((await first.get('/readyz')).status).toBe(200);
  });

  it('since a newer version wrote it, ends at once with nothing written', async () => {
    await mkdir(stateDir);
    const file = join(stateDir, 'journal.db');
    const newer = openSqlite(file, systemClock);
    const later = { ...migrations, '9999_later': { up: async () => {} } };
    await new Migrator({ db: newer.db, provider: { getMigrations: async () => later } }).migrateToLatest();
    await newer.db.destroy();
    const before = await readFile(file);
    const service = await serve();
    expect(await service.exit).toBe(1);
    expect(service.stderr).toMatch(/written by a newer version of Rotor.*\nhint: Start the newer version/);
    expect((await readFile(file)).equals(before)).toBe(true);
    expect(await readdir(stateDir)).toEqual(['journal.db']);
  });

  it('does not wait where the config is at fault', async () => {
    const service = await serve(stateDir, { env: { EC_API_KEY: '' } });
    expect(await service.exit).toBe(2);
    const unreadable = await serve(stateDir, { env: { DATABASE_URL: 'postgres://rotor@[1/rotor' } });
    expect(await unreadable.exit).toBe(2);
    expect(unreadable.stderr).toMatch(/DATABASE_URL is no URL/);
    await writeFile(join(folder, 'file'), '');
    expect(await (await serve(join(folder, 'file', 'state'))).exit).toBe(2);
  });

  (mayMount() ? describe : describe.skip)('for its disk', () => {
    it('since it is full, waits until there is space', async () => {
      const disk = mounted(Disk.mount(stateDir, 16));
      disk.fill();
      const service = await serve();
      expect(await answers(service)).toMatchObject(
        waitingFor(/cannot be written, the disk is full/, /Free some space/),
      );
      disk.free();
      expect(await took(service)).toEqual(BY_ITSELF);
    });

    it.each(['new', 'known'])(
      'since it is read-only, waits until it can be written: a %s journal',
      async (age) => {
        const disk = mounted(Disk.mount(stateDir, 16));
        if (age === 'known') {
          const before = await serve();
          await before.isReady();
          await before.end('SIGKILL');
        }
        disk.remount('ro');
        const service = await serve();
        expect(await answers(service)).toMatchObject(
          waitingFor(/it or its folder is read-only \(EROFS\)/, /Make both writable/),
        );
        disk.remount('rw');
        expect(await took(service)).toEqual(BY_ITSELF);
      },
    );

    it('since no state directory can be made on it, waits until one can', async () => {
      const disk = mounted(Disk.mount(join(folder, 'disk'), 16));
      disk.remount('ro');
      const service = await serve(join(folder, 'disk', 'state'));
      expect(await answers(service)).toMatchObject(
        waitingFor(/the state directory .* is read-only/, /Make both writable/),
      );
      disk.remount('rw');
      expect(await took(service)).toEqual(BY_ITSELF);
    });

    it('does not wait behind a read-only view of a file that another process works on', async () => {
      const disk = mounted(Disk.mount(stateDir, 16));
      await (await serve()).isReady();
      mounted(disk.readOnlyAt(join(folder, 'view')));
      const second = await serve(join(folder, 'view'));
      expect(await second.exit).toBe(1);
      expect(second.stderr).toContain('is in use by another process');
    });
  });

  const bin = postgresBin();
  (bin === undefined ? it.skip : it)('since PostgreSQL is down, waits until it is up', async () => {
    const server = await PostgresServer.start(bin ?? '');
    try {
      const url = await server.database();
      await server.down();
      const service = await serve(stateDir, { env: { DATABASE_URL: url.reveal() } });
      expect(await answers(service)).toMatchObject(
        waitingFor(/PostgreSQL cannot be reached.*ECONNREFUSED/, /Check DATABASE_URL/),
      );
      await server.up();
      expect(await took(service)).toEqual(BY_ITSELF);
    } finally {
      await server.stop();
    }
  });
});

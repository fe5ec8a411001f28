import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { until } from '../fakes/until.js';
import { postgresBin, PostgresServer } from '../journal/postgres-server.js';
import { bulkId, fillJournal } from '../journal/bulk.js';
import { Disk, mayMakeImmutable, mayMount, setImmutable } from './disk.js';
import { ROTATIONS, Service } from './service.js';

/** More than SQLite keeps in memory. */
const RUNS = 8_000;
const SCHEDULED_WITHIN_MS = 50_000;

describe('rotor serve, whose journal fails while it runs', () => {
  let folder: string;
  let stateDir: string;
  let file: string;
  let service: Service;
  let undo: (() => void) | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rotor-serve-'));
    stateDir = join(folder, 'state');
    file = join(stateDir, 'journal.db');
  });
  afterEach(async () => {
    await service.end('SIGKILL');
    undo?.();
    undo = undefined;
    await rm(folder, { recursive: true });
  });

  const rotations = async () => {
    const { body } = await service.get('/v1/rotations');
    return (body['rotations'] as { lastRun: object | null }[]).map(({ lastRun }) => lastRun !== null);
  };
  const none = ROTATIONS.map(() => false);
  const all = ROTATIONS.map(() => true);

  /** A journal in which every rotation has been due for long, by age. */
  const everythingDue = async (): Promise<void> => {
    service = await Service.start(folder, stateDir);
    await service.isReady();
    expect(await rotations()).toEqual(none);
    await service.end();
    const database = new DatabaseSync(file);
    database.exec('update rotation set first_seen_at = 1');
    database.close();
  };

  /** Whoever asks is told why, and neither they nor the schedule start anything. */
  const refusals = async () => {
    const [ready, asked] = [await service.get('/readyz'), await service.rotate('checkout')];
    await service.says('schedule.failed');
    return { ready, asked, started: await rotations() };
  };
  const refusedFor = (why: RegExp, next: RegExp) => {
    const body = {
      code: 'journal_unavailable',
      detail: expect.stringMatching(why),
      hint: expect.stringMatching(next),
    };
    return { ready: { status: 503, body }, asked: { status: 503, body }, started: none };
  };

  (mayMount() ? it : it.skip)(
    'since its disk is full, starts nothing; when there is space, what was due',
    async () => {
      const disk = Disk.mount(stateDir, 32);
      undo = () => disk.unmount();
      await everythingDue();
      disk.fill();
      service = await Service.start(folder, stateDir);
      await service.says('service.started');
      expect(await refusals()).toMatchObject(refusedFor(/disk is full \(less than 4 MiB/, /Free some space/));
      disk.free();
      await service.isReady();
      await until(
        'the schedule has started what is due',
        async () => (await rotations()).every(Boolean),
        SCHEDULED_WITHIN_MS,
      );
      expect(await rotations()).toEqual(all);
    },
  );

  (mayMakeImmutable() ? it : it.skip)(
    'since its file takes no write, starts nothing; when it does, what was due',
    async () => {
      await everythingDue();
      service = await Service.start(folder, stateDir);
      await service.says('service.started');
      // Before the first look at the schedule, which comes 5 s after the start.
      setImmutable([file, `${file}-wal`], true);
      undo = () => setImmutable([file, `${file}-wal`], false);
      expect(await refusals()).toMatchObject(
        refusedFor(/journal\.db cannot be read or written: disk I\/O error/, /Check the disk/),
      );
      undo();
      await service.isReady();
      await until(
        'the schedule has started what is due',
        async () => (await rotations()).every(Boolean),
        SCHEDULED_WITHIN_MS,
      );
      expect(await rotations()).toEqual(all);
    },
  );

  it('since a page of it is damaged, starts nothing any more from the first read that meets it', async () => {
    await mkdir(stateDir);
    await fillJournal(file, RUNS);
    service = await Service.start(folder, stateDir);
    await service.isReady();
    await damage(file);
    const met = await firstRefusal(service);
    const body = {
      code: 'journal_unavailable',
      detail: expect.stringMatching(/journal\.db is damaged.*malformed/),
      hint: expect.stringMatching(/Stop Rotor first\. Put a backup in its place/),
    };
    expect(met).toMatchObject({ status: 503, body });
    expect(await service.rotate('checkout')).toMatchObject({ status: 503, body });
    // It looks once a second at the most.
    await until('the service is not ready', async () => (await service.get('/readyz')).status === 503);
    expect(await service.get('/readyz')).toMatchObject({ body });
    expect(await service.get(`/v1/runs/${bulkId(1)}`)).toMatchObject({ status: 503 });
    expect(await service.get('/v1/backup')).toMatchObject({ status: 503, body });
    expect(await service.end()).toBe(0);

    service = await Service.start(folder, stateDir);
    const { 'error.message': why } = await service.says('service.waiting');
    expect(why).toMatch(/journal\.db is damaged/);
  });
});

const bin = postgresBin();
(bin === undefined ? it.skip : it)(
  'rotor serve, whose PostgreSQL goes down, starts nothing, says so, and goes on when it is up again',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rotor-serve-'));
    const server = await PostgresServer.start(bin ?? '');
    const env = { DATABASE_URL: (await server.database()).reveal() };
    const service = await Service.start(folder, join(folder, 'state'), { env });
    try {
      await service.isReady();
      await server.down();
      const body = { code: 'journal_unavailable', detail: expect.stringMatching(/ECONNREFUSED/) };
      await until('it is not ready', async () => (await service.get('/readyz')).status === 503);
      expect(await service.get('/readyz')).toMatchObject({ body });
      expect(await service.rotate('checkout')).toMatchObject({ status: 503, body });
      expect((await service.get('/livez')).status).toBe(200);
      await server.up();
      await service.isReady();
      expect((await service.rotate('checkout')).status).toBe(202);
    } finally {
      await service.end('SIGKILL');
      await server.stop();
      await rm(folder, { recursive: true });
    }
  },
);

/** The fifth in the middle of the file. */
async function damage(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  const { size } = await handle.stat();
  await handle.write(Buffer.alloc(Math.floor(size / 5), 0xff), 0, undefined, Math.floor((size * 2) / 5));
  await handle.close();
}

async function firstRefusal(service: Service) {
  for (let run = 1; run <= RUNS; run += 40) {
    const reply = await service.get(`/v1/runs/${bulkId(run)}`);
    if (reply.status !== 200) return reply;
  }
  throw new Error('every run could be read');
}

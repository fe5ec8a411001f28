import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RotorError } from '../../src/rotation/errors.js';
import { reportOf } from '../../src/telemetry/checks.js';
import { HealthController } from '../../src/telemetry/health.controller.js';
import { WaitingRoom } from '../../src/triggers/waiting-room.js';
import { ApiWorld } from '../triggers/api-world.js';

const away = new RotorError('journal_unavailable', 'the disk is full');

describe('health', () => {
  let world: ApiWorld;
  beforeEach(async () => {
    world = await ApiWorld.open();
  });
  afterEach(async () => world.close());

  /** As a probe asks: without the API token. */
  const ask = async (url: string) => {
    const { statusCode, headers, body } = await world.app.inject({ method: 'GET', url });
    return { status: statusCode, type: String(headers['content-type']), body };
  };
  const losesItsJournal = (): void => {
    world.journal.check = async () => {
      throw away;
    };
  };

  it.each(['/livez', '/readyz', '/startupz'])('%s answers a probe in two words', async (url) => {
    expect(await ask(url)).toEqual({
      status: 200,
      type: 'application/json; charset=utf-8',
      body: '{"status":"ok"}',
    });
  });

  it('lists each check for a person', async () => {
    const passed = { status: 200, type: 'text/plain; charset=utf-8' };
    const ready = '[+]ping ok\n[+]shutdown ok\n[+]journal ok\n[+]config ok\nreadyz check passed\n';
    expect(await ask('/readyz?verbose')).toEqual({ ...passed, body: ready });
    expect(await ask('/livez?verbose')).toEqual({ ...passed, body: '[+]ping ok\nlivez check passed\n' });
    expect(await ask('/startupz?verbose')).toMatchObject({
      ...passed,
      body: '[+]ping ok\n[+]started ok\nstartupz check passed\n',
    });
  });

  it('is not ready without its journal, says so, and stays alive', async () => {
    losesItsJournal();
    expect(await ask('/readyz')).toMatchObject({
      status: 503,
      type: expect.stringMatching(/^application\/problem\+json/),
    });
    expect(await ask('/readyz?verbose')).toMatchObject({
      status: 503,
      type: 'text/plain; charset=utf-8',
      body: '[+]ping ok\n[+]shutdown ok\n[-]journal failed: the disk is full\n[+]config ok\nreadyz check failed\n',
    });
    expect(await ask('/livez')).toMatchObject({ status: 200 });
  });

  it('leaves out what is excluded, several too, and says where there is no such check', async () => {
    losesItsJournal();
    expect(await ask('/readyz?exclude=journal')).toMatchObject({ status: 200 });
    const { status, body } = await ask('/readyz?verbose&exclude=journal&exclude=shutdown&exclude=etcd');
    expect(status).toBe(200);
    expect(body.split('\n')).toEqual([
      '[+]ping ok',
      '[+]shutdown excluded: ok',
      '[+]journal excluded: ok',
      '[+]config ok',
      'warn: there is no check to exclude named "etcd"',
      'readyz check passed',
      '',
    ]);
  });

  it('is not ready while it shuts down', async () => {
    world.app.get(HealthController).beforeApplicationShutdown();
    expect(await ask('/readyz?verbose')).toMatchObject({
      status: 503,
      body: expect.stringContaining('[-]shutdown failed: Rotor is shutting down\n'),
    });
  });
});

it('while its journal cannot be opened a service is alive and nothing else, whatever is excluded', async () => {
  const room = await WaitingRoom.open({ host: '127.0.0.1', port: 0 }, away);
  try {
    const ask = async (path: string) => {
      const response = await fetch(`http://127.0.0.1:${room.address.port}${path}`);
      return [response.status, await response.text()];
    };
    const why = '[+]ping ok\n[-]journal failed: the disk is full\n';
    expect(await ask('/livez?verbose')).toEqual([200, '[+]ping ok\nlivez check passed\n']);
    expect(await ask('/readyz?verbose&exclude=journal')).toEqual([503, `${why}readyz check failed\n`]);
    expect(await ask('/startupz?verbose')).toEqual([503, `${why}startupz check failed\n`]);
    expect(await ask('/startupz')).toEqual([503, expect.stringContaining('the disk is full')]);
  } finally {
    await room.close();
  }
});

it('cuts a name that somebody else has chosen, and keeps it on its line', async () => {
  const { text } = await reportOf('livez', [], [`x\n[+]forged ok${'y'.repeat(200)}`]);
  expect(text.split('\n')).toHaveLength(3);
  expect(text.length).toBeLessThan(150);
});

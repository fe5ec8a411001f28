import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { request } from 'node:http';
import { RotorError } from '../../src/rotation/errors.js';
import { WaitingRoom } from '../../src/triggers/waiting-room.js';

describe('a service that waits for its journal', () => {
  let room: WaitingRoom;
  beforeEach(async () => {
    room = await WaitingRoom.open(
      { host: '127.0.0.1', port: 0 },
      new RotorError('journal_unavailable', 'the disk is full'),
    );
  });
  afterEach(async () => room.close());

  const ask = async (path: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const { host, port } = room.address;
      request({ host, port, path }, (response) => resolve(response.resume().statusCode))
        .once('error', reject)
        .end();
    });

  it.each([
    ['/livez', 200],
    ['/readyz', 503],
    ['//', 503],
    ['/%', 503],
    ['http://', 503],
  ])('answers whatever it is asked for: %s', async (path, status) => {
    expect(await ask(path)).toBe(status);
    expect(await ask('/livez')).toBe(200);
  });
});

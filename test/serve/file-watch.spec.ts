import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileWatch } from '../../src/reloading/file-watch.js';
import { HeldClock } from '../fakes/held-clock.js';
import { until } from '../fakes/until.js';

/** A file comes to rest at once; until the next look without an event it takes as long as the test says. */
class RestingClock extends HeldClock {
  rests = true;
  /** After each of which it waits for an event or for its time. */
  looks = 0;

  override async sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (ms > 1_000) this.looks += 1;
    if (!this.rests || ms > 1_000) return super.sleep(ms, signal);
    signal.throwIfAborted();
  }
}

describe('the watch of a file', () => {
  let folder: string;
  let clock: RestingClock;
  let seen: string[];
  /** How long whoever is told takes for it. */
  let taking: Promise<void>;
  let watch: FileWatch;
  const file = () => join(folder, 'rotor.yaml');

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rotor-watch-'));
    // As Kubernetes mounts a ConfigMap: a link that stays to a link that is swapped.
    await mkdir(join(folder, '..1'));
    await writeFile(join(folder, '..1', 'rotor.yaml'), 'one');
    await symlink('..1', join(folder, '..data'));
    await symlink('..data/rotor.yaml', file());
    clock = new RestingClock();
    seen = [];
    taking = Promise.resolve();
    watch = new FileWatch(file(), {
      clock,
      changed: async () => {
        seen.push(await readFile(file(), 'utf8').catch(() => 'gone'));
        await taking;
      },
      deaf: () => undefined,
    });
  });
  afterEach(async () => {
    await watch.stop();
    await rm(folder, { recursive: true });
  });

  const swapTo = async (name: string, text: string): Promise<void> => {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, 'rotor.yaml'), text);
    await symlink(name, join(folder, '..new'));
    await rename(join(folder, '..new'), join(folder, '..data'));
  };
  const sees = async (...texts: string[]): Promise<void> =>
    until(`${texts.join()} is seen`, () => seen.join() === texts.join());

  it('sees the link of a ConfigMap swapped, once, by the event of its folder', async () => {
    watch.start('one');
    await swapTo('..2', 'two');
    await sees('two');
    await swapTo('..3', 'three');
    await sees('two', 'three');
    expect(seen).toEqual(['two', 'three']);
  });

  it('sees what no event tells of with its next look, and a file that is gone', async () => {
    watch.start('none of this');
    await sees('one');
    // A folder that is not watched: the link stays.
    await writeFile(join(folder, '..1', 'rotor.yaml'), 'changed');
    clock.advance(10_000);
    await sees('one', 'changed');
    await rm(file());
    await sees('one', 'changed', 'gone');
    expect(seen).toEqual(['one', 'changed', 'gone']);
  });

  it('ends at once, though what it has told of is still being read', async () => {
    const reading = Promise.withResolvers<void>();
    taking = reading.promise;
    watch.start('another');
    await sees('one');
    let isOver = false;
    const over = watch.stop().then(() => (isOver = true));
    await until('it is over', () => isOver, 1_000).finally(() => reading.resolve());
    await over;
    expect(seen).toEqual(['one']);
  });

  const BYTES_READ = '/proc/self/io';
  const bytesRead = async (): Promise<number> =>
    Number(/^rchar: (\d+)/.exec(await readFile(BYTES_READ, 'utf8'))?.[1]);
  const onLinux = existsSync(BYTES_READ) ? it : it.skip;

  onLinux('reads no file again that nobody has touched, however busy its folder is', async () => {
    const size = 4 * 1024 * 1024;
    await swapTo('..2', 'x'.repeat(size));
    // By this clock it was written long ago.
    clock.advance(Date.now() + 60_000 - clock.now());
    watch.start('x'.repeat(size));
    await until('it has looked', () => clock.looks === 1);
    const before = await bytesRead();
    for (let look = 2; look <= 6; look += 1) {
      await writeFile(join(folder, 'service.log'), String(look));
      await until('it has looked again', () => clock.looks >= look);
    }
    expect((await bytesRead()) - before).toBeLessThan(size);
    await swapTo('..3', 'y'.repeat(size));
    await sees('y'.repeat(size));
  });

  it('takes no file that is still being written', async () => {
    clock.rests = false;
    watch.start('one');
    let length = 0;
    await swapTo('..2', 'half');
    await until('it has been written for a while', async () => {
      length += 1;
      await writeFile(join(folder, '..2', 'rotor.yaml'), 'x'.repeat(length));
      clock.advance(100);
      return length >= 30;
    });
    expect(seen).toEqual([]);
    await until('it is seen when it is at rest', () => {
      clock.advance(100);
      return seen.join() === 'x'.repeat(30);
    });
  });
});

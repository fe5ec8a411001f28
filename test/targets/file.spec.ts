import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  chmod,
  chown,
  mkdir,
  readFile,
  readdir,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorOf, newToken, targetContract, type TargetHarness } from '../contracts/target.contract.js';
import { FakeTarget } from '../fakes/fake-target.js';
import { RotorError } from '../../src/rotation/errors.js';
import type { Secret } from '../../src/rotation/secret.js';
import { writeWhole } from '../../src/targets/file/atomic-write.js';
import type { FileTargetConfig } from '../../src/targets/file/config.js';
import { never } from '../fakes/never.js';
import { FileWorld, fileHarness, preflightAs } from './file-harness.js';

const describeAsRoot = process.geteuid?.() === 0 ? describe : describe.skip;
const NOBODY = 65_534;
const refusing = (sentence: string): object => ({
  code: 'target_refused',
  message: expect.stringContaining(sentence) as unknown,
  hint: expect.any(String) as unknown,
});

targetContract('file', fileHarness);
targetContract('fake', async () => fakeHarness({ instances: 2 }));
targetContract('fake that nobody can look at', async () => fakeHarness({ instances: 2, observable: false }));

describe('file target', () => {
  let world: FileWorld;
  beforeEach(async () => {
    world = await FileWorld.create();
  });
  afterEach(() => world.close());

  const deliver = (token: Secret, over: Partial<FileTargetConfig> = {}): Promise<void> =>
    world.target(over).deliver(token, never());
  const refusal = (over: Partial<FileTargetConfig> = {}): Promise<RotorError> =>
    errorOf(world.target(over).preflight(never()));
  const failure = (token: Secret, over: Partial<FileTargetConfig> = {}): Promise<RotorError> =>
    errorOf(deliver(token, over));

  describe('what is written', () => {
    it('is the token and nothing else, with the configured mode', async () => {
      const token = newToken();
      await deliver(token, { mode: '0640' });
      expect(await readFile(world.path, 'utf8')).toBe(token.reveal());
      expect((await stat(world.path)).mode & 0o7777).toBe(0o640);
    });

    it('is a new file under the old name, so that a reader with the old one open keeps it whole', async () => {
      await deliver(newToken());
      const { ino } = await stat(world.path);
      await deliver(newToken());
      expect((await stat(world.path)).ino).not.toBe(ino);
    });

    it('is left alone when the file holds it already, and the reload runs all the same', async () => {
      await world.script('reload', `echo once >> "${world.in('reloads')}"`);
      const token = newToken();
      await deliver(token);
      const before = await stat(world.path);
      await deliver(token);
      const after = await stat(world.path);
      expect([after.ino, after.mtimeMs]).toEqual([before.ino, before.mtimeMs]);
      expect(await readFile(world.in('reloads'), 'utf8')).toBe('once\nonce\n');
    });

    it('is written anew when the token is there with another mode', async () => {
      const token = newToken();
      await deliver(token, { mode: '0640' });
      await chmod(world.path, 0o644);
      await deliver(token, { mode: '0640' });
      expect((await stat(world.path)).mode & 0o7777).toBe(0o640);
    });

    it('goes through a symbolic link to its file, and the link stays', async () => {
      await mkdir(world.in('elsewhere'));
      await writeFile(world.in('elsewhere/token'), 'old');
      await symlink(world.in('elsewhere/token'), world.path);
      const token = newToken();
      await deliver(token);
      expect(await readFile(world.in('elsewhere/token'), 'utf8')).toBe(token.reveal());
      expect(await readFile(world.path, 'utf8')).toBe(token.reveal());
    });

    it('leaves no temporary file, neither after a success nor when it is stopped before the end', async () => {
      const token = newToken();
      await deliver(token);
      const file = { path: world.path, content: newToken().reveal(), mode: 0o600, owner: undefined };
      const stopped = writeWhole(file, () => {
        throw new Error('stopped');
      });
      await expect(stopped).rejects.toThrow('stopped');
      expect(await readdir(dirname(world.path))).toEqual(['token']);
      expect(await world.held()).toBe(token.reveal());
    });

    it('is preceded by the removal of what a Rotor killed long ago has left, not of a write under way', async () => {
      const leftOver = join(dirname(world.path), '.token.rotor-0123456789abcdef');
      const underWay = join(dirname(world.path), '.token.rotor-fedcba9876543210');
      await writeFile(leftOver, newToken().reveal());
      await writeFile(underWay, newToken().reveal());
      await utimes(leftOver, new Date(0), new Date(0));
      await deliver(newToken());
      const names = await readdir(dirname(world.path));
      expect(names.toSorted()).toEqual(['.token.rotor-fedcba9876543210', 'token']);
    });
  });

  describeAsRoot('the owner, as root', () => {
    it('is looked up by name, and brings its login group along', async () => {
      await deliver(newToken(), { owner: 'nobody' });
      const { uid, gid } = await stat(world.path);
      expect([uid, gid]).toEqual([NOBODY, await loginGroupOf('nobody')]);
    });

    it('may be numeric, with a group of its own', async () => {
      await deliver(newToken(), { owner: '12345:54321' });
      const { uid, gid } = await stat(world.path);
      expect([uid, gid]).toEqual([12_345, 54_321]);
    });

    it('stays what it was when none is configured', async () => {
      await writeFile(world.path, 'old');
      await chown(world.path, 12_345, 54_321);
      await deliver(newToken());
      const { uid, gid } = await stat(world.path);
      expect([uid, gid]).toEqual([12_345, 54_321]);
    });

    it.each([
      ['owner', 1, 54_321],
      ['group', 12_345, 1],
    ])('is set right when the token is there with another %s', async (_which, uid, gid) => {
      const token = newToken();
      await deliver(token, { owner: '12345:54321' });
      await chown(world.path, uid, gid);
      await deliver(token, { owner: '12345:54321' });
      const now = await stat(world.path);
      expect([now.uid, now.gid]).toEqual([12_345, 54_321]);
    });

    it('is told apart from root: a folder may be closed to another', async () => {
      await chmod(world.folder, 0o755);
      const message = await preflightAs(NOBODY, world.config({ reload: undefined, check: undefined }));
      expect(message).toContain('where Rotor may not write: permission denied (EACCES)');
    });

    it('is refused when Rotor is not root', async () => {
      await chown(dirname(world.path), NOBODY, NOBODY);
      await chmod(world.folder, 0o755);
      const [given, kept] = await asUser(NOBODY, async () => {
        const one = await refusal({ owner: '12345' });
        await chownAsRoot(world.path, 12_345);
        return [one, await refusal()];
      });
      expect(given.code).toBe('target_refused');
      expect(given.message).toContain(`Rotor runs as user id ${NOBODY}, and only root may do that`);
      expect(kept.message).toContain('belongs to 12345:12345');
    });
  });

  describe('the preflight refuses', () => {
    it('an owner that no account has', async () => {
      const error = await refusal({ owner: 'no-such-user:nogroup' });
      expect(error.code).toBe('target_refused');
      expect(error.message).toContain('there is no user no-such-user in /etc/passwd');
      expect((await refusal({ owner: '0:no-such-group' })).message).toContain('no group no-such-group');
    });

    it.each([
      [
        'a folder that does not exist',
        '/no/such/folder/token',
        'cannot be reached: no such file or folder (ENOENT)',
      ],
      ['a path that is a folder', '/tmp', 'is a folder, and the token needs a file'],
      ['a path that is a device', '/dev/null', 'is neither a file nor absent'],
    ])('%s', async (_case, path, sentence) => {
      expect(await refusal({ path })).toMatchObject(refusing(sentence));
    });

    it('a link that leads nowhere', async () => {
      await symlink(world.in('nowhere'), world.path);
      expect(await refusal()).toMatchObject(refusing('is a symbolic link that leads nowhere'));
    });

    it('a file that Kubernetes mounts and swaps', async () => {
      const mount = dirname(world.path);
      await mkdir(join(mount, '..2026_11_23_00_00_00.1'));
      await writeFile(join(mount, '..2026_11_23_00_00_00.1', 'token'), 'old');
      await symlink('..2026_11_23_00_00_00.1', join(mount, '..data'));
      await symlink('..data/token', world.path);
      expect(await refusal()).toMatchObject(refusing('a mount that Kubernetes replaces whole'));
      expect((await failure(newToken())).code).toBe('target_failed');
      expect(await readFile(world.path, 'utf8')).toBe('old');
    });

    it.each([
      [
        'whose program is not there',
        'no-such-program',
        'its reload command cannot run: no-such-program is in no folder',
      ],
      [
        'whose program is not executable',
        '/etc/passwd',
        'its reload command cannot run: /etc/passwd is not executable',
      ],
      ['that is a folder', '/tmp', 'its reload command cannot run: /tmp is not a file'],
      ['by a relative path', './reload.sh', 'is a relative path'],
    ])('a command %s', async (_case, program, sentence) => {
      expect(await refusal({ reload: [program] })).toMatchObject(refusing(sentence));
    });

    it('a check that cannot run, too', async () => {
      await rm(world.in('check.sh'));
      expect(await refusal()).toMatchObject(refusing('its check command cannot run'));
    });
  });
});

async function loginGroupOf(user: string): Promise<number> {
  const rows = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  return Number(rows.find(([name]) => name === user)?.[3]);
}

async function asUser<T>(uid: number, work: () => Promise<T>): Promise<T> {
  process.setegid?.(uid);
  process.seteuid?.(uid);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
  }
}

async function chownAsRoot(path: string, id: number): Promise<void> {
  process.seteuid?.(0);
  await writeFile(path, 'old');
  await chown(path, id, id);
  process.seteuid?.(NOBODY);
}

function fakeHarness(options: { instances: number; observable?: boolean }): TargetHarness {
  const target = new FakeTarget(options);
  return {
    target,
    instances: options.instances,
    observable: options.observable ?? true,
    held: async () => target.delivered.at(-1)?.reveal(),
    world: async () => [[...target.delivered], [...target.instances]],
    runWith: async (running) => {
      target.instances = [...running];
      target.instancesFollow = false;
    },
    makeImpossible: async () => target.failNext('preflight', new RotorError('target_refused', 'No.')),
    breakDelivery: async () => target.failNext('deliver', new RotorError('target_failed', 'No.')),
    repair: async () => {},
    hang: async (method) => {
      target.hangNext(method);
      return { waiting: async () => {} };
    },
    close: async () => {},
  };
}

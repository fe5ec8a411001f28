import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { errorOf, everythingIn, newToken } from '../contracts/target.contract.js';
import { never } from '../fakes/never.js';
import { until } from '../fakes/until.js';
import type { RotorError } from '../../src/rotation/errors.js';
import { Secret } from '../../src/rotation/secret.js';
import type { FileTargetConfig } from '../../src/targets/file/config.js';
import { FileWorld } from './file-harness.js';

describe('file target: its commands', () => {
  let world: FileWorld;
  beforeEach(async () => {
    world = await FileWorld.create();
  });
  afterEach(() => world.close());

  const deliver = (token: Secret, over: Partial<FileTargetConfig> = {}): Promise<void> =>
    world.target(over).deliver(token, never());
  const failure = (token: Secret, over: Partial<FileTargetConfig> = {}): Promise<RotorError> =>
    errorOf(deliver(token, over));
  const observe = (token: Secret, over: Partial<FileTargetConfig> = {}): Promise<unknown> =>
    world.target(over).observe(token.fingerprint, never());

  describe('a command', () => {
    it('is found in PATH and given its arguments as they are, without a shell', async () => {
      await deliver(newToken(), { reload: ['touch', world.in('$HOME; echo *')] });
      expect(await readdir(world.folder)).toContain('$HOME; echo *');
    });

    it('gets the token neither in its arguments nor in its environment, nor any credential of Rotor', async () => {
      const [token, credential] = [newToken(), newToken()];
      await world.script(
        'reload',
        `tr '\\0' '\\n' < /proc/$$/cmdline > "${world.in('seen')}"; env >> "${world.in('seen')}"`,
      );
      const environment = { ...process.env, AWS_SECRET_ACCESS_KEY: credential.reveal() };
      await world.target({}, environment).deliver(token, never());
      const seen = await readFile(world.in('seen'), 'utf8');
      expect(seen).toContain('PATH=');
      expect(seen).not.toContain(token.reveal());
      expect(seen).not.toContain(credential.reveal());
    });

    it('that exits with another code than 0 is told with its last lines, any token masked', async () => {
      const [old, token] = [newToken(), newToken()];
      await writeFile(world.in('old'), old.reveal());
      const show = `echo "was $(cat "${world.in('old')}"), is $(cat "${world.path}")" >&2; echo bad config >&2; exit 7`;
      await world.script('reload', show);
      const error = await failure(token);
      expect(error.message).toBe(
        `Target checkout: its reload command (reload: ${world.in('reload.sh')} in the config) exited with 7, and printed last: was [secret], is [secret] / bad config.`,
      );
      expect(everythingIn(error)).not.toContain(old.reveal());
    });

    it('that prints a token too short to look like one is told with it masked all the same', async () => {
      const token = new Secret(randomBytes(5).toString('hex'));
      await world.script('reload', `cat "${world.path}"; exit 1`);
      const error = await failure(token);
      expect(error.message).toContain('and printed last: [secret].');
      expect(everythingIn(error)).not.toContain(token.reveal());
    });

    it('that dies by a signal is told so', async () => {
      await world.script('reload', 'kill -TERM $$');
      expect((await failure(newToken())).message).toContain('was killed by SIGTERM');
    });

    it('that is not there any more is told so', async () => {
      await rm(world.in('reload.sh'));
      const error = await failure(newToken());
      expect(error.code).toBe('target_failed');
      expect(error.message).toContain(`could not start: ${world.in('reload.sh')} does not exist`);
    });

    it('that is no program is told so', async () => {
      await writeFile(world.in('reload.sh'), '#!/no/such/interpreter\n');
      await chmod(world.in('reload.sh'), 0o700);
      expect((await failure(newToken())).message).toContain(
        'could not start: no such file or folder (ENOENT)',
      );
    });

    it('that does not end in time is killed with all that it started', async () => {
      const { processes } = await world.hang('reload');
      const error = await failure(newToken(), { reloadTimeoutMs: 300 });
      expect(error.message).toContain('did not end within 300 ms and was killed');
      await expectGone(await processes());
    });

    it('is killed with all that it started when the work is stopped', async () => {
      const { processes, waiting } = await world.hang('reload');
      const stop = new AbortController();
      const delivery = errorOf(world.target().deliver(newToken(), stop.signal));
      await waiting();
      stop.abort();
      expect((await delivery).message).toContain('was stopped');
      await expectGone(await processes());
    });

    it('may leave a daemon behind that keeps its output open', async () => {
      await world.script('reload', `sleep 1000 &\necho $! > "${world.in('daemon')}"`);
      const pipes = openPipes();
      const delivered = await deliver(newToken(), { reloadTimeoutMs: 5_000 }).then(() => 'in time');
      const daemon = Number(await readFile(world.in('daemon'), 'utf8'));
      const lived = isAlive(daemon);
      try {
        await until('its pipes are closed', () => openPipes() === pipes);
      } finally {
        process.kill(daemon, 'SIGKILL');
      }
      expect({ delivered, lived }).toEqual({ delivered: 'in time', lived: true });
    });

    it('may print more than is kept', async () => {
      await world.script('reload', 'yes "a line" | head -n 500000; echo the end; exit 1');
      expect((await failure(newToken())).message).toContain('a line / a line / the end.');
    });
  });

  describe('what the check prints', () => {
    it('is not asked for when there is none: the delivery is assumed', async () => {
      const token = newToken();
      await writeFile(world.path, token.reveal());
      expect(await observe(token, { check: undefined })).toEqual({ state: 'assumed' });
    });

    it('does not hide that the file holds another token by now: its next reader would run with that', async () => {
      const token = newToken();
      await world.prints(Array(3).fill(token.fingerprint).join('\n'));
      await writeFile(world.path, newToken().reveal());
      expect(await observe(token)).toEqual({ state: 'pending', seen: 0, of: 3 });
      expect(await observe(token, { check: undefined })).toEqual({ state: 'pending', seen: 0, of: 1 });
    });

    it('may be the whole SHA-256, in either case, and blank lines between', async () => {
      const token = newToken();
      await writeFile(world.path, token.reveal());
      const whole = createHash('sha256').update(token.reveal()).digest('hex');
      await world.prints(`${whole}\n\n${whole.toUpperCase()}\n${token.fingerprint}\n`);
      expect(await observe(token)).toEqual({ state: 'converged', seen: 3, of: 3 });
    });

    it.each([
      ['nothing', '', 'its check command printed nothing.'],
      ['other text', 'not running\n', 'its check command printed not running, which is no fingerprint.'],
    ])('is a failure when it is %s', async (_case, text, sentence) => {
      await world.prints(text);
      const error = await errorOf(observe(newToken()));
      expect(error.code).toBe('target_failed');
      expect(error.message).toContain(sentence);
    });

    it('is a failure that shows no token when it is a token, the expected or another', async () => {
      const [expected, other] = [newToken(), newToken()];
      await world.prints(expected.reveal());
      expect((await errorOf(observe(expected))).message).toContain(
        'printed the token itself, not its fingerprint',
      );
      await world.prints(other.reveal());
      const error = await errorOf(observe(expected));
      expect(error.message).toContain('printed [secret], which is no fingerprint');
    });

    it('is a failure when the check exits with another code than 0', async () => {
      await world.script('check', 'echo cannot connect >&2; exit 2');
      expect((await errorOf(observe(newToken()))).message).toContain(
        'exited with 2, and printed last: cannot connect',
      );
    });

    it('is a failure when it is more than is kept, so that no instance is overlooked', async () => {
      const token = newToken();
      await world.prints(`${token.fingerprint}\n`.repeat(2_000));
      expect((await errorOf(observe(token))).message).toContain('printed more than 8 KiB');
    });
  });
});

function openPipes(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind.startsWith('Pipe')).length;
}

/** A killed process that nobody has waited for yet is gone too. */
function isAlive(pid: number): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false;
  const [, state] = /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
  return state !== 'Z';
}

async function expectGone(pids: readonly number[]): Promise<void> {
  expect(pids).toHaveLength(2);
  await until('the processes are gone', () => !pids.some(isAlive));
}

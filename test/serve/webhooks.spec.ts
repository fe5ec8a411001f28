import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TOKEN_FILE } from '../../src/triggers/api-token.js';
import { rotor } from '../cli/rotor-command.js';
import { until } from '../fakes/until.js';
import { Receiver, verified } from '../webhooks/receiver.js';
import { NotifyingService } from './notifying-service.js';
import type { Service } from './service.js';

const WITHIN_MS = 50_000;

describe('the service', () => {
  let home: NotifyingService;

  beforeEach(async () => {
    home = await NotifyingService.open();
  });
  afterEach(() => home.close());

  const deaf = (started: Service) =>
    started.logged('config.warning').filter((line) => JSON.stringify(line).includes('nobody will hear'));

  it('tells a receiver what happens, in order, and shows what was sent', async () => {
    const receiver = await Receiver.start();
    const started = await home.start(`https://127.0.0.1:${receiver.port}/rotor`);
    await started.isReady();
    expect(deaf(started)).toEqual([]);
    const env = {
      ROTOR_ADDR: started.logged('service.started')[0]?.url?.full ?? '',
      ROTOR_TOKEN: (await readFile(join(home.folder, 'state', TOKEN_FILE), 'utf8')).trim(),
    };
    await started.rotate('checkout');
    await rotor(['pause', 'checkout', '--reason', 'a freeze'], env);
    await until('both are told', () => receiver.received.length >= 2, WITHIN_MS);
    await receiver.close();
    expect(receiver.received.map((one) => verified(one, home.secret))).toMatchObject([
      { type: 'dev.rotor.rotation.started.v1', subject: 'checkout' },
      { type: 'dev.rotor.rotation.paused.v1', subject: 'checkout', data: { reason: 'a freeze' } },
    ]);
    const scraped = await fetch(new URL('/metrics', env.ROTOR_ADDR), {
      headers: { authorization: `Bearer ${env.ROTOR_TOKEN}` },
    });
    expect(await scraped.text()).toMatch(
      /^rotor_notifications_total\{notifier="ops",outcome="sent"\} [1-9]/m,
    );
    const shown = await rotor(['notifications', '--state', 'sent'], env);
    expect(shown.stdout).toMatch(/evt_\w+\.ops +\d+s +sent +checkout +rotation\.started/);
    const [, id = ''] = /(evt_\w+\.ops)/.exec(shown.stdout) ?? [];
    expect(await rotor(['notifications', 'replay', id], env)).toMatchObject({
      exit: 7,
      stderr: expect.stringContaining('only one that was given up can be sent again'),
    });
  });

  it('tries a notifier, and says what its receiver made of it', async () => {
    const receiver = await Receiver.start();
    const started = await home.start(`https://127.0.0.1:${receiver.port}/rotor`);
    await started.isReady();
    const env = {
      ROTOR_ADDR: started.logged('service.started')[0]?.url?.full ?? '',
      ROTOR_TOKEN: (await readFile(join(home.folder, 'state', TOKEN_FILE), 'utf8')).trim(),
    };
    const taken = await rotor(['notifications', 'test', 'ops'], env);
    expect(taken).toMatchObject({
      exit: 0,
      stdout: expect.stringMatching(/^ops has taken evt_\w+: answered 204 within \d+ ms$/m),
    });
    expect(verified(receiver.received[0], home.secret)).toMatchObject({ type: 'dev.rotor.notifier.test.v1' });
    receiver.answer = (response) => response.writeHead(401).end();
    const refused = await rotor(['notifications', 'test', 'ops'], env);
    await receiver.close();
    expect(refused).toMatchObject({ exit: 1, stdout: expect.stringContaining('ops has not taken') });
    expect(refused.stderr).toContain('next: rotor notifications test ops, once that is mended');
  });

  it('says once that nobody will hear about failures', async () => {
    const started = await home.start();
    await started.isReady();
    expect(deaf(started)).toHaveLength(1);
  });

  it('does not start with a signing secret that is none, and does not show it', async () => {
    const started = await home.start('https://hooks.example.com/', { HOOK: 'too-short-for-one' });
    expect(await started.exit).toBe(2);
    expect(started.stderr).toContain('a signing secret of a webhook');
    expect(started.stderr).not.toContain('too-short-for-one');
  });
});

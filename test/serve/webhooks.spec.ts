import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TOKEN_FILE } from '../../src/triggers/api-token.js';
import { rotor } from '../cli/rotor-command.js';
import { authority, closedPort } from '../http/local-servers.js';
import { until } from '../fakes/until.js';
import { newSigningSecret, Receiver, verified } from '../webhooks/receiver.js';
import { Service } from './service.js';

const WITHIN_MS = 50_000;
const secret = newSigningSecret();

describe('the service', () => {
  let folder = '';
  let service: Service | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rotor-hooks-'));
    await writeFile(join(folder, 'ca.pem'), authority.caPem);
  });
  afterEach(async () => {
    await service?.end();
    await rm(folder, { recursive: true });
  });

  const start = async (url?: string, env: Record<string, string> = { HOOK: secret.reveal() }) => {
    const tls = { caFile: join(folder, 'ca.pem') };
    const ops = { type: 'webhook', url, secret: '${env:HOOK}', allowPrivate: ['127.0.0.0/8'], tls };
    // Nobody answers upstream, and the run gives up after a second.
    const defaults = { verify: { prepareDeadline: '1s' } };
    const config =
      url === undefined ? { defaults } : { notifiers: { ops }, defaults: { ...defaults, notify: ['ops'] } };
    service = await Service.start(folder, join(folder, 'state'), { config, env });
    return service;
  };

  const deaf = (started: Service) =>
    started.logged('config.warning').filter((line) => JSON.stringify(line).includes('nobody will hear'));

  it('tells a receiver what happens, in order, and shows what was sent', async () => {
    const receiver = await Receiver.start();
    const started = await start(`https://127.0.0.1:${receiver.port}/rotor`);
    await started.isReady();
    expect(deaf(started)).toEqual([]);
    const env = {
      ROTOR_ADDR: started.logged('service.started')[0]?.url?.full ?? '',
      ROTOR_TOKEN: (await readFile(join(folder, 'state', TOKEN_FILE), 'utf8')).trim(),
    };
    await started.rotate('checkout');
    await rotor(['pause', 'checkout', '--reason', 'a freeze'], env);
    await until('both are told', () => receiver.received.length >= 2, WITHIN_MS);
    await receiver.close();
    expect(receiver.received.map((one) => verified(one, secret))).toMatchObject([
      { type: 'dev.rotor.rotation.started.v1', subject: 'checkout' },
      { type: 'dev.rotor.rotation.paused.v1', subject: 'checkout', data: { reason: 'a freeze' } },
    ]);
    const shown = await rotor(['notifications', '--state', 'sent'], env);
    expect(shown.stdout).toMatch(/evt_\w+\.ops +sent +checkout +rotation\.started/);
    const [, id = ''] = /(evt_\w+\.ops)/.exec(shown.stdout) ?? [];
    expect(await rotor(['notifications', 'replay', id], env)).toMatchObject({
      exit: 7,
      stderr: expect.stringContaining('only one that was given up can be sent again'),
    });
  });

  it('goes on with its runs while a receiver is dead, and says so', async () => {
    const started = await start(`https://127.0.0.1:${await closedPort()}/`);
    await started.isReady();
    await started.rotate('checkout');
    const trouble = await started.says('notification.trouble');
    expect(JSON.stringify(trouble)).toContain('no connection could be opened');
    const metrics = await started.text('/metrics');
    expect(metrics).toMatch(/^rotor_notifications\{notifier="ops",state="waiting"\} [1-9]/m);
    expect(metrics).toMatch(/^rotor_notification_waiting_since_timestamp_seconds\{notifier="ops"\} \d/m);
    expect(metrics).not.toMatch(/state="dead"/);
    await started.says('run.trouble');
    expect(await started.get('/readyz')).toMatchObject({ status: 200 });
  });

  it('says once that nobody will hear about failures', async () => {
    const started = await start();
    await started.isReady();
    expect(deaf(started)).toHaveLength(1);
  });

  it('does not start with a signing secret that is none, and does not show it', async () => {
    const started = await start('https://hooks.example.com/', { HOOK: 'too-short-for-one' });
    expect(await started.exit).toBe(2);
    expect(started.stderr).toContain('a signing secret of a webhook');
    expect(started.stderr).not.toContain('too-short-for-one');
    service = undefined;
  });
});

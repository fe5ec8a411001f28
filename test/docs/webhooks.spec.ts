import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { EVENT_NAMES } from '../../src/events/schemas.js';
import type { Secret } from '../../src/rotation/secret.js';
import { createTarget } from '../../src/targets/index.js';
import type { WebhookTargetConfig } from '../../src/targets/webhook/config.js';
import { loadConfig } from '../../src/config/index.js';
import { errorOf, newToken } from '../contracts/target.contract.js';
import { never } from '../fakes/never.js';
import { until } from '../fakes/until.js';
import { ApiWorld } from '../triggers/api-world.js';
import { clientOf, newSigningSecret } from '../webhooks/receiver.js';
import { configWith } from '../config/refused.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PAGE = readFileSync(`${ROOT}docs/webhooks.md`, 'utf8');

function blocks(language: string): string[] {
  return [...PAGE.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(([, text = '']) => text);
}

/** The receiver of the page, word for word, as a process of its own. */
class Example {
  said = '';
  private constructor(private readonly process: ChildProcess) {
    process.stdout?.on('data', (chunk: Buffer) => (this.said += String(chunk)));
  }

  static async start(secret: Secret): Promise<Example> {
    const [program = ''] = blocks('js');
    const env = { PATH: process.env['PATH'], HOOK_SECRET: secret.reveal(), PORT: '0' };
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { cwd: ROOT, env });
    const example = new Example(child);
    await until('it listens', () => example.port !== undefined);
    return example;
  }

  get port(): number | undefined {
    const port = /listening on (\d+)/.exec(this.said)?.[1];
    return port === undefined ? undefined : Number(port);
  }

  async stop(): Promise<void> {
    const gone = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await gone;
  }
}

describe('the receiver of the page', () => {
  const secret = newSigningSecret();
  let example: Example;
  let api: ApiWorld;

  beforeEach(async () => {
    [example, api] = await Promise.all([Example.start(secret), ApiWorld.open()]);
  });
  afterEach(async () => {
    await example.stop();
    await api.close();
  });

  const client = (secrets: readonly Secret[]) =>
    clientOf({ url: `http://127.0.0.1:${example.port}/`, allowHttp: ['127.0.0.1'] }, { secrets });
  const message = (id: string) => ({
    id,
    body: JSON.stringify({ id, type: 'dev.rotor.rotation.failed.v1', subject: 'checkout', data: {} }),
    contentType: 'application/cloudevents+json',
  });

  it('knows what Rotor has signed, each event once, also while the secret is replaced', async () => {
    for (const id of ['evt_1', 'evt_1', 'evt_2'])
      await client([newSigningSecret(), secret]).send(message(id), never());
    await until('both are handled', () => example.said.split('rotation.failed').length > 2);
    expect(example.said.match(/dev\.rotor\.rotation\.failed\.v1 checkout/g)).toHaveLength(2);
  });

  it('refuses what somebody else has signed', async () => {
    const error = await errorOf(client([newSigningSecret()]).send(message('evt_1'), never()));
    expect(error).toMatchObject({ code: 'upstream_unauthenticated' });
    expect(example.said).not.toContain('rotation.failed');
  });

  it('calls back, so that a delivery to it converges', async () => {
    await api.app.listen(0, '127.0.0.1');
    const config: WebhookTargetConfig = {
      type: 'webhook',
      name: 'legacy',
      receiver: { url: '', secrets: [], allowPrivate: [], allowHttp: [], timeoutMs: 10_000 },
      payload: 'reference',
      ack: { url: await api.app.getUrl(), timeoutMs: 60_000 },
      readyTimeoutMs: 60_000,
    };
    const target = createTarget(config, {
      rotation: 'checkout',
      run: 'run_1',
      secret: { store: 'aws-secrets-manager', id: 'prod/apm/checkout', region: null, key: null },
      callbacks: api.journal.callbacks,
      client: () => client([secret]),
      now: () => api.clock.now(),
    });
    const token = newToken();
    await target.deliver(token, never());
    const isSeen = async () => (await target.observe(token.fingerprint, never())).state === 'converged';
    await until('it has called back', isSeen);
    expect(await target.observe(token.fingerprint, never())).toMatchObject({ state: 'converged' });
  });
});

describe('the page', () => {
  it('names every event', () => {
    expect(EVENT_NAMES.filter((name) => !PAGE.includes(`\`${name}\``))).toEqual([]);
  });

  it('shows configs that load', () => {
    const [notifiers = '', targets = ''] = blocks('yaml');
    const indented = targets.replaceAll(/^/gm, '    ');
    const config = loadConfig('rotor.yaml', { text: configWith({ head: notifiers, targets: indented }) });
    expect(config.rotations[0]).toMatchObject({ notify: ['ops'], targets: [{ name: 'legacy' }] });
    expect(parse(notifiers)).toHaveProperty('notifiers.ops.type', 'webhook');
  });
});

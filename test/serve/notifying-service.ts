import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { authority } from '../http/local-servers.js';
import { newSigningSecret } from '../webhooks/receiver.js';
import { Service } from './service.js';

/** A service that tells a receiver on this machine what happens; its upstreams do not answer. */
export class NotifyingService {
  readonly secret = newSigningSecret();
  #service: Service | undefined;

  private constructor(readonly folder: string) {}

  static async open(): Promise<NotifyingService> {
    const folder = await mkdtemp(join(tmpdir(), 'rotor-hooks-'));
    await writeFile(join(folder, 'ca.pem'), authority.caPem);
    return new NotifyingService(folder);
  }

  /** Without a URL nobody is told. */
  async start(url?: string, env: Record<string, string> = { HOOK: this.secret.reveal() }): Promise<Service> {
    const tls = { caFile: join(this.folder, 'ca.pem') };
    const ops = { type: 'webhook', url, secret: '${env:HOOK}', allowPrivate: ['127.0.0.0/8'], tls };
    // A run gives up after a second.
    const defaults = { verify: { prepareDeadline: '1s' } };
    const config =
      url === undefined ? { defaults } : { notifiers: { ops }, defaults: { ...defaults, notify: ['ops'] } };
    this.#service = await Service.start(this.folder, join(this.folder, 'state'), { config, env });
    return this.#service;
  }

  async close(): Promise<void> {
    await this.#service?.end();
    await rm(this.folder, { recursive: true });
  }
}

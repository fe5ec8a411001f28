import { randomBytes } from 'node:crypto';
import type http from 'node:http';
import { Webhook } from 'standardwebhooks';
import { createHttpsAgent } from '../../src/http/agent.js';
import type { Resolve } from '../../src/http/address-guard.js';
import { WebhookClient, type WebhookConfig } from '../../src/http/webhook.js';
import { Secret } from '../../src/rotation/secret.js';
import { authority, startTlsServer, type TlsServer } from '../http/local-servers.js';

export const HOST = 'hooks.example.test';

export const newSigningSecret = (): Secret => new Secret(`whsec_${randomBytes(32).toString('base64')}`);

type Answer = (response: http.ServerResponse) => void;
export type Received = TlsServer['requests'][number];

/** A real TLS server that answers as it is told, and knows what it was sent. */
export class Receiver {
  answer: Answer = (response) => response.writeHead(204).end();

  private constructor(private readonly server: TlsServer) {}

  static async start(): Promise<Receiver> {
    const server: TlsServer = await startTlsServer((_request, response) => receiver.answer(response), {
      names: [HOST, '127.0.0.1', 'localhost'],
    });
    const receiver = new Receiver(server);
    return receiver;
  }

  get received(): readonly Received[] {
    return this.server.requests;
  }

  get port(): number {
    return this.server.port;
  }

  get url(): string {
    return `https://${HOST}:${this.server.port}/rotor`;
  }

  connections(): number {
    return this.server.connections();
  }

  async close(): Promise<void> {
    await this.server.close();
  }
}

/** Throws unless the library of Standard Webhooks knows the signature. */
export function verified(received: Received | undefined, secret: Secret): unknown {
  if (!received) throw new Error('nothing was received');
  return new Webhook(secret.reveal()).verify(received.body, received.headers as Record<string, string>);
}

export const loopback: Resolve = async () => [{ address: '127.0.0.1', family: 4 }];

/** A client of the receiver, which trusts its authority and may speak to this machine. */
export function clientOf(
  config: Partial<WebhookConfig> & Pick<WebhookConfig, 'url'>,
  { secrets, resolve = loopback }: { secrets: readonly Secret[]; resolve?: Resolve },
): WebhookClient {
  const all = { allowPrivate: ['127.0.0.0/8'], allowHttp: [], timeoutMs: 10_000, ...config };
  const agent = createHttpsAgent({ caPem: authority.caPem });
  return new WebhookClient(all, { agent: () => agent, secrets: () => secrets, resolve, now: Date.now });
}

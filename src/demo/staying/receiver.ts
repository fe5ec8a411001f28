import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import type { Authority } from '../../sandbox/certificates.js';
import { loopback, type HttpsFront } from '../../sandbox/https-front.js';

/** One event, as it was sent. */
export type Heard = { readonly type: string; readonly subject: string };

/** Somebody else's system that is told what happens: it takes what is signed with this secret, and nothing else. */
export async function startReceiver(
  authority: Authority,
  secret: string,
  heard: (event: Heard) => void,
): Promise<HttpsFront> {
  const webhook = new Webhook(secret);
  const network = loopback(authority);
  return network({
    async onRequest(request, response) {
      const body = await text(request);
      try {
        heard(webhook.verify(body, request.headers as Record<string, string>) as Heard);
        response.writeHead(204).end();
      } catch {
        response.writeHead(401).end();
      }
    },
    onDefect: () => undefined,
  });
}

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { secretRef } from '../../src/config/secret-ref.js';
import { createAuthority } from '../../src/sandbox/certificates.js';
import { webhookClient } from '../../src/wiring/webhooks.js';
import { errorOf } from '../contracts/target.contract.js';
import { never } from '../fakes/never.js';
import { authority, startTlsServer, type TlsServer } from '../http/local-servers.js';
import { newSigningSecret } from '../webhooks/receiver.js';

const message = { id: 'evt_1', body: '{}', contentType: 'application/cloudevents+json' };

describe('a webhook with an authority of its own', () => {
  let folder: string;
  let server: TlsServer;
  const env = { HOOK: newSigningSecret().reveal() };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rotor-webhook-'));
    server = await startTlsServer((_request, response) => void response.writeHead(204).end());
  });
  afterEach(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  const client = () =>
    webhookClient(
      {
        url: server.url,
        secrets: [secretRef('${env:HOOK}')],
        allowPrivate: ['127.0.0.0/8'],
        allowHttp: [],
        timeoutMs: 10_000,
        tls: { caFile: join(folder, 'ca.pem') },
      },
      env,
    );

  it('trusts what its file holds when a message is sent', async () => {
    await writeFile(join(folder, 'ca.pem'), (await createAuthority('before')).caPem);
    const webhook = client();
    expect(await errorOf(webhook.send(message, never()))).toMatchObject({ code: 'upstream_unreachable' });
    await writeFile(join(folder, 'ca.pem'), authority.caPem);
    expect(await webhook.send(message, never())).toBe(204);
  });

  it('is refused beforehand where its file cannot be read', () => {
    expect(client).toThrow(/the CA file .* cannot be read \(ENOENT\)/);
  });
});

import { createHttpsAgent } from '../../src/http/agent.js';
import { createHttpClient, type HttpClientOptions } from '../../src/http/client.js';
import { RotorError } from '../../src/rotation/errors.js';
import { authority } from './local-servers.js';

// TLS 1.2, so that the TCP proxy can tell the handshake from the answer.
function agent() {
  const one = createHttpsAgent({ caPem: authority.caPem });
  one.options.maxVersion = 'TLSv1.2';
  return one;
}

/** What a POST to that address fails with; it gives up soon. */
export async function post(
  baseUrl: string,
  options: Partial<HttpClientOptions> = {},
  query = {},
): Promise<RotorError> {
  const client = createHttpClient({
    baseUrl,
    agent: agent(),
    timeouts: { connectMs: 150, requestMs: 400 },
    ...options,
  });
  const sent = client.request({
    method: 'POST',
    path: '/x',
    query,
    json: {},
    signal: AbortSignal.timeout(10_000),
  });
  return sent.then(
    () => Promise.reject(new Error('the request was expected to fail')),
    (error: unknown) => {
      if (error instanceof RotorError) return error;
      throw error;
    },
  );
}

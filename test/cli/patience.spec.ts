import { expect, it } from '@jest/globals';
import { patiently } from '../../src/cli/patience.js';
import { RotorError, type Code } from '../../src/rotation/errors.js';

/** What becomes of a question that is answered so, of a person who leaves once they would have to wait. */
async function askedOnce(code: Code): Promise<unknown> {
  const leave = new AbortController();
  const ask = async (): Promise<never> => {
    setImmediate(() => leave.abort(new Error('left')));
    throw new RotorError(code, 'no');
  };
  return patiently(ask, leave.signal).catch((error: unknown) => error);
}

it.each(['server_unreachable', 'journal_unavailable', 'rate_limited'] as const)(
  'a service that cannot answer now (%s) is asked again',
  async (code) => {
    expect(await askedOnce(code)).toMatchObject({ name: 'AbortError' });
  },
);

it.each(['not_found', 'scope_missing', 'request_invalid'] as const)(
  'one that has answered (%s) is not',
  async (code) => {
    expect(await askedOnce(code)).toMatchObject({ code });
  },
);

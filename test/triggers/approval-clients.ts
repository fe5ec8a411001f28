import type { ApiWorld } from './api-world.js';

export const HOUR = 3_600_000;

export type Client = (
  method: 'GET' | 'POST',
  url: string,
  body?: object,
  headers?: Record<string, string>,
) => ReturnType<ApiWorld['ask']>;

/** Somebody with a token of their own; `called`: how the config names them. */
export async function clientOf(world: ApiWorld, called: string, grants: readonly string[]): Promise<Client> {
  const made = await world.ask('POST', '/v1/tokens', { name: called, grants });
  const authorization = `Bearer ${String(made.body['token'])}`;
  return async (method, url, body, headers = {}) =>
    world.ask(method, url, body, { authorization, ...headers });
}

export async function askedBy(client: Client, body: object = {}): Promise<string> {
  const asked = await client('POST', '/v1/rotations/checkout/approvals', { reason: 'leak', ...body });
  if (asked.status !== 201) throw new Error(`it was refused: ${String(asked.body['detail'])}`);
  return String(asked.body['id']);
}

import { Rotations, type DeclaredRotation } from '../../src/triggers/rotations.js';
import { aRun } from '../contracts/journal.contract.js';
import { NO_LIMITS, policy } from '../rotation/schedule/policies.js';
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

/** The config is read again, and says this of `checkout`. */
export function reload(world: ApiWorld, said: Partial<Pick<DeclaredRotation, 'approval' | 'basis'>>): void {
  const { rotation: name, mode: _m, trigger: _t, ...template } = aRun();
  const declared = { name, labels: { env: 'prod' }, due: policy(), upstream: 'cloud', targets: [], template };
  world.app.get(Rotations).use([{ ...declared, basis: null, ...said }], NO_LIMITS);
}

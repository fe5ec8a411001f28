import { setTimeout as delay } from 'node:timers/promises';
import { Client } from '../../cli/client.js';
import { Secret } from '../../rotation/secret.js';
import type { Shown } from './rotations.js';

const REASON = 'the sandbox shows how it ends';
const LOOK_MS = 200;

/** Brings about what is to be there when somebody looks for the first time. */
export async function begin(client: Client, rotations: readonly Shown[], signal: AbortSignal): Promise<void> {
  for (const { name, pausedFor } of rotations)
    if (pausedFor !== undefined) await client.pause(name, pausedFor);
  for (const { name, askedFor } of rotations)
    if (askedFor !== undefined) await (await colleagueOf(client)).approvals.ask(name, askedFor);
  const first = rotations.filter(({ isRotatedFirst }) => isRotatedFirst === true);
  const started = await Promise.all(
    first.map(async ({ name }) => (await client.start(name, 'rotate', REASON)).id),
  );
  for (const id of started)
    while ((await client.run(id)).outcome === null) await delay(LOOK_MS, undefined, { signal });
}

/** Somebody else, so that the owner may approve what they ask for. */
async function colleagueOf(client: Client): Promise<Client> {
  const asking = { name: 'a colleague', grants: ['read', 'rotate'], expiresInDays: 1 };
  const { token } = await client.createToken(asking);
  return new Client(client.address, new Secret(token));
}

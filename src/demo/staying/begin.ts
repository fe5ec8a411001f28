import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '../../cli/client.js';
import type { Shown } from './rotations.js';

const REASON = 'the sandbox shows how it ends';
const LOOK_MS = 200;

/** Brings about what is to be there when somebody looks for the first time. */
export async function begin(client: Client, rotations: readonly Shown[], signal: AbortSignal): Promise<void> {
  for (const { name, pausedFor } of rotations)
    if (pausedFor !== undefined) await client.pause(name, pausedFor);
  const first = rotations.filter(({ isRotatedFirst }) => isRotatedFirst === true);
  const started = await Promise.all(
    first.map(async ({ name }) => (await client.start(name, 'rotate', REASON)).id),
  );
  for (const id of started)
    while ((await client.run(id)).outcome === null) await delay(LOOK_MS, undefined, { signal });
}

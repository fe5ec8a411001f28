import type { Config } from '../config/index.js';
import type { Watched } from '../rotation/watch.js';

/** One after the other: a fault of one upstream shall not look like that of another. */
export async function ofEachRotation<T>(
  config: Config,
  look: (rotation: Watched, signal: AbortSignal) => Promise<T>,
): Promise<T[]> {
  const { watched } = await import('../wiring/index.js');
  const { Gates } = await import('../http/gate.js');
  // What is left alone meanwhile is said of each rotation that it concerns.
  const surroundings = { env: process.env, gates: new Gates({ circuit: () => undefined }) };
  const found: T[] = [];
  // Nobody ends it but by ending the command.
  const { signal } = new AbortController();
  for (const rotation of watched(config, surroundings)) found.push(await look(rotation, signal));
  return found;
}

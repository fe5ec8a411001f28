import type { Config, RotationConfig } from '../config/index.js';
import type { Watched } from '../rotation/watch.js';
import { printNote } from './print.js';
import { hanging, roomOf } from './room.js';

/** Who answers sooner leaves nobody wondering. */
export const SAID_AFTER_MS = 1_000;

/**
 * One after the other: a fault of one upstream shall not look like that of another. One that takes longer than a moment
 * is said while it is waited for.
 */
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
  for (const [index, rotation] of watched(config, surroundings).entries()) {
    const said = setTimeout(
      () => printNote(hanging('', waitsFor(config, index), roomOf(process.stderr))),
      SAID_AFTER_MS,
    );
    found.push(await look(rotation, signal).finally(() => clearTimeout(said)));
  }
  return found;
}

function waitsFor({ cloud, rotations }: Config, index: number): string {
  const { name, select, kibana, targets, apmServer } = rotations[index] as RotationConfig;
  const isByCloud = select.deployment !== undefined || select.tags !== undefined;
  const asked = [
    isByCloud && cloud && hostOf(cloud.endpoint),
    kibana && (kibana.url === undefined ? 'its Kibana' : hostOf(kibana.url)),
    'the store',
    targets.length > 0 && (targets.length === 1 ? 'one target' : `${targets.length} targets`),
    apmServer?.url === undefined ? 'the APM Server' : hostOf(apmServer.url),
  ].filter((one) => typeof one === 'string');
  return `${name}: waiting for ${asked.slice(0, -1).join(', ')} and ${asked.at(-1)}; one that does not answer is asked again for half a minute`;
}

function hostOf(url: string): string {
  return URL.parse(url)?.host ?? url;
}

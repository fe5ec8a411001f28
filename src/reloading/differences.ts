import { isDeepStrictEqual } from 'node:util';
import type { Config, RotationConfig } from '../config/index.js';

/** What another config changes. */
export type Differences = {
  /** By name, in the order of their config. */
  readonly rotations: {
    readonly added: readonly string[];
    readonly removed: readonly string[];
    readonly changed: readonly string[];
  };
  /** Paths of everything else that is another. */
  readonly settings: readonly string[];
};

const SETTINGS: Readonly<Record<string, (config: Config) => unknown>> = {
  'server.listen': ({ server }) => server.listen,
  'server.baseUrl': ({ server }) => server.baseUrl,
  'server.rateLimit': ({ server }) => server.rateLimit,
  'server.auth': ({ server }) => server.auth,
  stateDir: ({ stateDir }) => stateDir,
  cloud: ({ cloud }) => cloud,
  'cloud.limits': ({ limits }) => limits,
  notifiers: ({ notifiers }) => notifiers,
};

/** What the process is built on. */
const OF_THE_START: ReadonlySet<string> = new Set(['server.listen', 'server.baseUrl', 'stateDir']);

export function differences(before: Config, after: Config): Differences {
  const [old, fresh] = [byName(before), byName(after)];
  const both = [...fresh].filter(([name]) => old.has(name));
  return {
    rotations: {
      added: [...fresh.keys()].filter((name) => !old.has(name)),
      removed: [...old.keys()].filter((name) => !fresh.has(name)),
      changed: both.flatMap(([name, one]) => (isDeepStrictEqual(old.get(name), one) ? [] : [name])),
    },
    settings: Object.entries(SETTINGS).flatMap(([path, of]) =>
      isDeepStrictEqual(of(before), of(after)) ? [] : [path],
    ),
  };
}

/** Of the settings that changed, those that a running service cannot take. */
export function restartNeeded({ settings }: Differences): string[] {
  return settings.filter((path) => OF_THE_START.has(path));
}

/** Rotations that are what they were, and where they were looked for. */
export function unchangedIn(after: Config, { rotations, settings }: Differences): ReadonlySet<string> {
  if (settings.includes('cloud')) return new Set();
  const others = new Set([...rotations.added, ...rotations.changed]);
  return new Set(after.rotations.map(({ name }) => name).filter((name) => !others.has(name)));
}

function byName({ rotations }: Config): ReadonlyMap<string, RotationConfig> {
  return new Map(rotations.map((rotation) => [rotation.name, rotation]));
}

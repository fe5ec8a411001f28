import type { Config, RotationConfig } from '../config/index.js';

/** When a run is due, who allows it and who hears of it: none of that changes what it does. */
const AROUND_A_RUN: readonly string[] = [
  'description',
  'labels',
  'maxAgeMs',
  'renewBeforeMs',
  'schedule',
  'watch',
  'approval',
  'notify',
] satisfies (keyof RotationConfig)[];

/** What the config says that a run of this rotation depends on: two that are the same make the same run. */
export function basisOf(rotation: RotationConfig, cloud: Config['cloud'], storeKey: string): unknown {
  const said = Object.entries(rotation).filter(([key]) => !AROUND_A_RUN.includes(key));
  return { storeKey, rotation: Object.fromEntries(said), cloud };
}

import { isDeepStrictEqual } from 'node:util';
import type { RotationConfig, TargetConfig } from '../config/index.js';

/**
 * Whether what a target is and where it reads the token is the same in both; when and how long it is delivered to makes
 * it no other one. Anything else does, were it only a command that is called: to deliver once more harms nobody.
 */
export function isSameTarget(name: string, one: RotationConfig, other: RotationConfig | undefined): boolean {
  const here = identityIn(one, name);
  return here !== undefined && other !== undefined && isDeepStrictEqual(here, identityIn(other, name));
}

function identityIn({ targets, store }: RotationConfig, name: string): object | undefined {
  const target = targets.find((one) => one.name === name);
  if (!target) return undefined;
  const { type, secretId, region, key } = store;
  // As a journal keeps it: without what is undefined.
  return JSON.parse(
    JSON.stringify({ target: withoutTerms(target), store: { type, secretId, region, key } }),
  ) as object;
}

function withoutTerms(target: TargetConfig): object {
  const {
    wave: _wave,
    timeoutMs: _try,
    deadlineMs: _all,
    retriesMax: _tries,
    readyTimeoutMs: _ready,
    ...rest
  } = target;
  return rest;
}

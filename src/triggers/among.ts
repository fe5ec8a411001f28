import type { Caller } from './access/caller.js';
import { hasLabels, parseLabels, type Labels } from './access/grant.js';
import type { Rotations } from './rotations.js';

/**
 * The rotations that the caller may see and has asked for; none named: all. One that has left the config has no labels:
 * it is for those who may see everything.
 */
export function among(
  rotations: Pick<Rotations, 'namesWhere'>,
  caller: Caller,
  selector: string | undefined,
): { rotations?: readonly string[] } {
  const wanted = selector === undefined ? undefined : parseLabels(selector);
  if (!wanted && caller.mayEverywhere('read')) return {};
  const isSeen = (labels: Labels): boolean => caller.may('read', labels) && hasLabels(labels, wanted ?? {});
  return { rotations: rotations.namesWhere(isSeen) };
}

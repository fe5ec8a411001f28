import { normalize } from 'node:path';
import type { z } from 'zod';
import { resourceSelect, type ResourceSelect } from '../issuers/select.js';
import type { Problem } from './issues.js';
import { fieldOf } from './plain.js';
import { targetConfig } from './rotation-schema.js';
import type { StoreConfig } from './schema.js';
import { nameOfSecret, regionOf, storeConfig } from '../stores/index.js';
import type { Path } from './yaml-source.js';

type Placed<T> = { readonly path: Path; readonly value: T };
type Same<T> = (a: T, b: T) => boolean;
type Refusal = Pick<Problem, 'found' | 'expected' | 'hint'>;

const equal: Same<string> = (a, b) => a === b;

/**
 * What two rotations, or two targets, must not share. Works on the plain values of the file, each part by itself, so
 * that a fault in one part hides no duplicate in another.
 */
export function duplicateProblems(rotations: readonly unknown[]): Problem[] {
  const parts = rotations.map((value, index) => ({ path: ['rotations', index], value }));
  const files = parts.flatMap(targetsOf);
  return [
    ...repeats(parts.flatMap(nameOf), equal, {
      found: 'the same name',
      expected: 'another name for each rotation',
    }),
    ...repeats(parts.flatMap(selectOf), isSameResource, {
      found: 'the same APM resource',
      expected: 'one rotation for each APM resource',
      hint: 'Each would replace the token of the other. A rotation without refId may mean any resource of its deployment.',
    }),
    ...repeats(parts.flatMap(storeOf), isSameSecret, {
      found: 'the same secret',
      expected: 'one rotation for each secret',
      hint: 'Each would promote over the token of the other.',
    }),
    ...parts.flatMap((rotation) =>
      repeats(targetsOf(rotation).map(named), equal, {
        found: 'the same name',
        expected: 'another name for each target of a rotation',
        hint: 'Without a name, a target is called by the last part of its path, or by its host.',
      }),
    ),
    ...repeats(files.flatMap(located), equal, {
      found: 'the same file',
      expected: 'another file for each target',
      hint: 'Each would overwrite the token of the other.',
    }),
  ];
}

type Target = Placed<z.output<typeof targetConfig>>;

function nameOf({ path, value }: Placed<unknown>): Placed<string>[] {
  const name = fieldOf(value, 'name');
  return typeof name === 'string' ? [{ path: [...path, 'name'], value: name }] : [];
}

type Selected = ResourceSelect & { readonly kibana: unknown };

function selectOf({ path, value }: Placed<unknown>): Placed<Selected>[] {
  const { data } = resourceSelect.safeParse(fieldOf(value, 'select') ?? {});
  const kibana = fieldOf(fieldOf(value, 'kibana'), 'url');
  return data === undefined ? [] : [{ path: [...path, 'select'], value: { ...data, kibana } }];
}

function storeOf({ path, value }: Placed<unknown>): Placed<StoreConfig>[] {
  const { data } = storeConfig.safeParse(fieldOf(value, 'store'));
  return data === undefined ? [] : [{ path: [...path, 'store'], value: data }];
}

function targetsOf({ path, value }: Placed<unknown>): Target[] {
  const targets = fieldOf(value, 'targets');
  if (!Array.isArray(targets)) return [];
  return targets.flatMap((target: unknown, index) => {
    const { data } = targetConfig.safeParse(target);
    return data === undefined ? [] : [{ path: [...path, 'targets', index], value: data }];
  });
}

function named({ path, value }: Target): Placed<string> {
  return { path: [...path, 'name'], value: value.name };
}

function located({ path, value }: Target): Placed<string>[] {
  return value.type === 'file' ? [{ path: [...path, 'path'], value: normalize(value.path) }] : [];
}

/** Where one of two says no refId or no policy, both may mean the same resource. */
function isSameResource(a: Selected, b: Selected): boolean {
  if (differ(a.refId, b.refId) || differ(a.policy, b.policy)) return false;
  if (a.deployment !== undefined) return a.deployment === b.deployment;
  if (a.tags === undefined && b.deployment === undefined && b.tags === undefined) {
    return a.kibana !== undefined && a.kibana === b.kibana;
  }
  return b.tags !== undefined && sorted(a.tags) === sorted(b.tags);
}

function differ(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && a !== b;
}

function sorted(tags: Readonly<Record<string, string>> = {}): string {
  return JSON.stringify(Object.entries(tags).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** One name in two regions is two secrets; where one of two names no region, both may be the same. */
function isSameSecret(a: StoreConfig, b: StoreConfig): boolean {
  if (nameOfSecret(a) !== nameOfSecret(b)) return false;
  const [one, other] = [regionOf(a), regionOf(b)];
  return one === undefined || other === undefined || one === other;
}

function repeats<T>(list: readonly Placed<T>[], same: Same<T>, refusal: Refusal): Problem[] {
  return list.flatMap(({ path, value }, index) => {
    const first = list.slice(0, index).find((earlier) => same(earlier.value, value));
    return first === undefined ? [] : [{ path, sameAs: first.path, ...refusal }];
  });
}

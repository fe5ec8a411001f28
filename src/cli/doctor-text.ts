import type { Check } from './client.js';
import { hanging } from './room.js';

/** How many rotations of one cause are named. */
const MOST_NAMED = 3;

/** What is wrong in several places is said once, before the rotations, with those that it concerns. */
export function doctorText(found: readonly Check[]): string {
  const width = Math.max(...found.map(({ check }) => check.length));
  const causes = [...Map.groupBy(found, causeOf).values()];
  const shared = causes.filter(([first, ...more]) => first?.state !== 'ok' && more.length > 0);
  const general = causes.filter((cause) => cause.some(isGeneral));
  const before = new Set([...general, ...shared]);
  const own = found.filter((check) => ![...before].some((cause) => cause.includes(check)));
  return [
    ...[...before].flatMap((cause) => linesOf(cause, width)),
    ...own.flatMap((check, index) => [
      ...(own[index - 1]?.rotation === check.rotation ? [] : [`${check.rotation}:`]),
      ...linesOf([check], width),
    ]),
  ].join('\n');
}

function causeOf({ check, state, detail, hint = '' }: Check): string {
  return JSON.stringify([check, state, detail, hint]);
}

function isGeneral({ rotation }: Check): boolean {
  return rotation === null;
}

function linesOf([first, ...more]: readonly Check[], width: number): string[] {
  if (!first) return [];
  const { check, state, detail, hint } = first;
  const indent = ' '.repeat(width + 8);
  const names = more.length === 0 ? [] : [first, ...more].flatMap(({ rotation }) => rotation ?? []);
  return [
    hanging(`${state.padEnd(4)}  ${check.padEnd(width)}  `, detail),
    ...(names.length === 0 ? [] : [hanging(`${indent}in: `, few(names))]),
    ...(hint === undefined || state === 'ok' ? [] : [hanging(`${indent}hint: `, hint)]),
  ];
}

function few(names: readonly string[]): string {
  const [named, rest] = [names.slice(0, MOST_NAMED).join(', '), names.length - MOST_NAMED];
  return rest > 0 ? `${named} and ${rest} more rotations` : named;
}

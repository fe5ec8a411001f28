import { dotted, type EffectiveValue, type Origin } from './effective.js';
import { withoutCredentials } from './issues.js';
import { isSecretRef } from './secret-ref.js';
import type { Path } from './yaml-source.js';

/** A config as it is shown to people: nothing in it opens a door. */
export type ShownConfig = {
  readonly file: string;
  /** As a file would hold it, every default written out. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly values: readonly { readonly path: string; readonly value: unknown; readonly origin: Origin }[];
};

export function shownConfig(file: string, effective: readonly EffectiveValue[]): ShownConfig {
  const shown = effective.map((one) => ({ ...one, value: redacted(one) }));
  return {
    file,
    config: nested(shown, 0) as Readonly<Record<string, unknown>>,
    values: shown.map(({ path, ...rest }) => ({ path: dotted(path), ...rest })),
  };
}

/** Put together again to the mapping that the values are of. */
export function nested(values: readonly Pick<EffectiveValue, 'path' | 'value'>[], depth: number): unknown {
  const [first] = values;
  if (first && first.path.length === depth) return first.value;
  const steps = Map.groupBy(values, ({ path }) => path[depth]);
  const isList = typeof first?.path[depth] === 'number';
  const below = [...steps].map(([step, some]) => [step, nested(some, depth + 1)] as const);
  return isList ? below.map(([, one]) => one) : Object.fromEntries(below);
}

const HIDDEN = '[hidden]';

/** Of a target: what a command or a script says is nobody's business, and may hold a password. */
const COMMANDS: ReadonlySet<unknown> = new Set(['reload', 'check', 'commands']);

/** Secrets are references already; of what a receiver gives as its address, the path may be the whole secret. */
function redacted({ path, value }: EffectiveValue): unknown {
  const isCommand = path[2] === 'targets' && path.length === 5 && COMMANDS.has(path[4]);
  if (isCommand && Array.isArray(value)) return value.map(() => HIDDEN);
  return eachText(value, (text) => {
    if (!text.includes('://') || isSecretRef(text)) return text;
    return isOfReceiver(path) ? hostAlone(text) : withoutCredentials(text);
  });
}

function eachText(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((one) => eachText(one, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, eachText(one, change)]));
}

function isOfReceiver(path: Path): boolean {
  const isReceiver = path[0] === 'notifiers' || path.includes('targets');
  return isReceiver && path.at(-1) === 'url' && path.at(-2) !== 'ack';
}

function hostAlone(value: string): string {
  const url = URL.parse(value);
  if (url === null) return HIDDEN;
  return url.pathname === '/' && url.search === '' ? url.origin : `${url.origin}/${HIDDEN}`;
}

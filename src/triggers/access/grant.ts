import { RotorError } from '../../rotation/errors.js';
import { SCOPES, type Scope } from './scope.js';

export type Labels = Readonly<Record<string, string>>;

/** What a caller may do, and with which rotations: those that have all of the labels; without labels, with any. */
export type Grant = { readonly scope: Scope; readonly labels: Labels };

const FORM = /^([a-z]+)(?:\[([^\]]*)\])?$/;
const LABEL = /^([\w./-]+)=([\w./-]+)$/;

/** Of scopes that are about the service as a whole, and have no rotation that a label could be of. */
const WHOLE: readonly Scope[] = ['audit', 'metrics', 'admin'];

/** Reads `read` or `rotate[env=prod,team=shop]`. Throws `request_invalid`. */
export function parseGrant(text: string): Grant {
  const [, word, selector] = FORM.exec(text) ?? [];
  const scope = SCOPES.find((one) => one === word);
  if (scope === undefined) {
    throw invalid(
      text,
      `expected one of ${SCOPES.join(', ')}, with labels where it is not for all: rotate[env=prod]`,
    );
  }
  if (selector === undefined) return { scope, labels: {} };
  if (WHOLE.includes(scope)) throw invalid(text, `${scope} is for the whole service, and takes no labels`);
  return { scope, labels: parseLabels(selector, text) };
}

export function isGrant(text: string): boolean {
  try {
    parseGrant(text);
    return true;
  } catch {
    return false;
  }
}

export function isSelector(text: string): boolean {
  return text.split(',').every((pair) => LABEL.test(pair.trim()));
}

export function formatGrant({ scope, labels }: Grant): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return pairs.length === 0 ? scope : `${scope}[${pairs.join(',')}]`;
}

/** Reads `env=prod,team=shop`. Throws `request_invalid`. */
export function parseLabels(selector: string, whole = selector): Labels {
  const pairs = selector.split(',').map((pair) => {
    const [, key, value] = LABEL.exec(pair.trim()) ?? [];
    if (key === undefined || value === undefined)
      throw invalid(whole, 'expected labels such as env=prod, with a comma between two');
    return [key, value] as const;
  });
  return Object.fromEntries(pairs);
}

export function hasLabels(labels: Labels, wanted: Labels): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}

function invalid(text: string, why: string): RotorError {
  return new RotorError('request_invalid', `${JSON.stringify(text)}: ${why}`);
}

import { z } from 'zod';
import { DURATION_EXPECTED } from './duration.js';
import { kindPhrase, meant } from './kinds.js';
import { phrase, splitPhrase } from './phrase.js';
import { fieldOf, valueAt } from './plain.js';
import { describeNonReference, SECRET_REF_EXPECTED } from './secret-ref.js';
import type { Path } from './yaml-source.js';

/** What is wrong, before it is known where in the file that is. */
export type Problem = {
  readonly path: Path;
  /** The key itself is at fault, not its value. */
  readonly atKey?: boolean;
  readonly found: string;
  /** The other place, where the fault is that two agree. */
  readonly sameAs?: Path;
  readonly expected: string;
  readonly hint?: string;
};

type Issue = z.core.$ZodIssue;

/** Words for what a schema expected, where the schema has none of its own. */
export function expectation(issue: z.core.$ZodRawIssue): string {
  if (issue.code === 'unrecognized_keys') return unknownKeys(issue.keys, issue.inst);
  if (issue.code === 'invalid_union') return unknownKind(issue);
  if (issue.code === 'invalid_value') return choice(issue.values, issue.input);
  if (issue.code === 'invalid_type') return TYPE_NAMES[issue.expected] ?? issue.expected;
  if (issue.code === 'too_small') return `at least ${amount(issue.minimum, issue.origin)}`;
  if (issue.code === 'too_big') return `at most ${amount(issue.maximum, issue.origin)}`;
  return 'another value';
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

const UNITS: Readonly<Record<string, string>> = { string: ' characters', array: ' entries' };

function amount(bound: number | bigint, origin: string): string {
  return `${bound}${UNITS[origin] ?? ''}`;
}

/** Whether a text that was found may be repeated. */
export type Quotable = (value: string, issue: Issue, expected: string) => boolean;

export function problemsOf(
  issues: readonly Issue[],
  value: unknown,
  isQuotable: Quotable = mayBeQuoted,
  base: Path = [],
): Problem[] {
  return issues.flatMap((issue) => problemOf(issue, value, isQuotable, base));
}

function problemOf(issue: Issue, value: unknown, isQuotable: Quotable, base: Path): Problem[] {
  const path = [...base, ...issue.path];
  const { expected, hints } = splitPhrase(issue.message);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key, index) => ({
      path: [...path, key],
      atKey: true,
      found: 'an unknown key',
      expected,
      ...hinted(hints[index]),
    }));
  }
  const branch = issue.code === 'invalid_union' ? branchMeant(issue.errors) : undefined;
  if (branch !== undefined) return problemsOf(branch, value, isQuotable, path);
  const there = valueAt(value, path);
  const hint = hints[0] ?? (wantsQuotes(issue, there) ? 'Put it in quotes.' : undefined);
  return [{ path, found: describe(there, issue, expected, isQuotable), expected, ...hinted(hint) }];
}

function hinted(hint: string | undefined): { hint?: string } {
  return hint ? { hint } : {};
}

/** YAML reads 0640 as the number 640 and true as no text; a duration needs a unit rather than quotes. */
function wantsQuotes(issue: Issue, there: unknown): boolean {
  if (issue.code !== 'invalid_type' || issue.message === DURATION_EXPECTED) return false;
  return issue.expected === 'string' && (typeof there === 'number' || typeof there === 'boolean');
}

/** Of a union, the one form whose outer shape fits what was written: its own faults say more than "none fits". */
function branchMeant(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const shapely = branches.filter((issues) =>
    issues.every((issue) => issue.path.length > 0 || !isOfType(issue)),
  );
  return shapely[0] ?? branches.find((issues) => issues.length > 0);
}

function isOfType(issue: Issue): boolean {
  return issue.code === 'invalid_type' || issue.code === 'invalid_value';
}

function unknownKeys(keys: readonly string[], schema: unknown): string {
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  const hints = keys.map((key) => meant(key, known)[0] ?? '');
  return phrase(`one of: ${known.join(', ')}`, hints);
}

function unknownKind(issue: z.core.$ZodRawIssue): string {
  if (!(issue.inst instanceof z.ZodDiscriminatedUnion)) return 'another value';
  const known = fieldOf(issue, 'options');
  const kind = fieldOf(issue.input, issue.inst.def.discriminator);
  return kindPhrase(portAt(issue.path ?? []), kind, Array.isArray(known) ? known.map(String) : []);
}

/** `rotations.0.targets.0.type` is about a target, `rotations.0.store.type` about a store. */
function portAt(path: Path): string {
  if (path[0] === 'notifiers') return 'notifier';
  return path.includes('targets') ? 'target' : 'store';
}

function choice(values: readonly unknown[], input: unknown): string {
  const words = values.map(String);
  return phrase(`one of: ${words.join(', ')}`, typeof input === 'string' ? meant(input, words) : []);
}

const LONGEST_ECHO = 60;

/**
 * What stands there, in words. A text is quoted only where a text of a certain form belongs: one that stands where
 * something else does may be a secret that was pasted into the wrong place.
 */
function describe(value: unknown, issue: Issue, expected: string, isQuotable: Quotable): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a mapping';
  const written = typeof value === 'string' ? value : JSON.stringify(value);
  if (expected === SECRET_REF_EXPECTED) return describeNonReference(written);
  if (typeof value !== 'string') return written;
  if (value.trim() === '') return 'an empty text';
  return isQuotable(value, issue, expected) ? quoted(value) : `a text (${value.length} characters)`;
}

function mayBeQuoted(value: string, issue: Issue, expected: string): boolean {
  if (expected.includes('URL')) return value.includes('://');
  return issue.code !== 'invalid_type' || /^([0-9]{1,6}|true|false|yes|no|on|off)$/i.test(value);
}

function quoted(value: string): string {
  const safe = value.includes('://') ? withoutCredentials(value) : value;
  if (safe.length <= LONGEST_ECHO) return `"${safe}"`;
  return `"${safe.slice(0, LONGEST_ECHO)}…" (${value.length} characters)`;
}

/** An address without what stands before its host or after its path. */
export function withoutCredentials(url: string): string {
  return url.replace(/:\/\/[^/?#]*@/, '://[hidden]@').replace(/[?#].*$/s, '?[hidden]');
}

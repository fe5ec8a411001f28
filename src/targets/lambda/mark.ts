import type { FunctionConfiguration } from '@aws-sdk/client-lambda';
import { isDeepStrictEqual } from 'node:util';
import type { Fingerprint } from '../../rotation/secret.js';

/**
 * The variable that a delivery sets. Its value is no secret; that it changes makes AWS replace the execution
 * environments, and the extension of the new ones reads the secret. It names the run as well, `0a1b2c3d.<run>`: a token
 * may come back after another one, of which nothing shows here where its delivery did not get this far, and what started
 * in between has that one. So the mark of another run is no proof to who delivers, and is made anew, at the price of new
 * environments where one run follows another with the same token; who only looks takes it for one.
 */
const MARK = 'ROTOR_TOKEN_FINGERPRINT';

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: all variables of a function. */
const MOST_BYTES = 4096;

export function variablesOf({ Environment }: FunctionConfiguration): Readonly<Record<string, string>> {
  return Environment?.Variables ?? {};
}

/** For a token; `by`: and by this run. */
export type Mark = { readonly fingerprint: Fingerprint; readonly by?: string };

export function isMarked(configuration: FunctionConfiguration, mark: Mark): boolean {
  const value = variablesOf(configuration)[MARK] ?? '';
  return mark.by === undefined ? value.split('.', 1)[0] === mark.fingerprint : value === valueOf(mark);
}

function valueOf({ fingerprint, by }: Mark): string {
  return by === undefined ? fingerprint : `${fingerprint}.${by}`;
}

/** Every variable stays as it is. */
export function marked(configuration: FunctionConfiguration, mark: Mark): Readonly<Record<string, string>> {
  return { ...variablesOf(configuration), [MARK]: valueOf(mark) };
}

const LONGEST: Mark = { fingerprint: '00000000' as Fingerprint, by: '0'.repeat(36) };

export function hasRoom(configuration: FunctionConfiguration): boolean {
  const all = marked(configuration, LONGEST);
  const bytes = Object.entries(all).reduce((sum, [name, value]) => sum + Buffer.byteLength(name + value), 0);
  return bytes <= MOST_BYTES;
}

/**
 * What would be released, beside the mark, by pointing an alias from one version to another: names only, as values may
 * be secrets. A field that AWS adds one day is compared as well.
 */
export function differences(
  latest: FunctionConfiguration,
  version: FunctionConfiguration,
): readonly string[] {
  const fields = namesIn(latest, version).filter(
    (field) => !NOT_RELEASED.has(field) && differ(Reflect.get(latest, field), Reflect.get(version, field)),
  );
  const [ours, theirs] = [variablesOf(latest), variablesOf(version)];
  const variables = namesIn(ours, theirs).filter((name) => name !== MARK && ours[name] !== theirs[name]);
  return [...fields, ...variables.map((name) => `variable ${name}`)];
}

/** What is of one version by its nature, is a digest of others, or is compared by itself. */
const NOT_RELEASED: ReadonlySet<string> = new Set([
  '$metadata',
  'ConfigSha256',
  'Environment',
  'FunctionArn',
  'FunctionName',
  'LastModified',
  'LastUpdateStatus',
  'LastUpdateStatusReason',
  'LastUpdateStatusReasonCode',
  'MasterArn',
  'RevisionId',
  'State',
  'StateReason',
  'StateReasonCode',
  'Version',
  // A description is given to each version: https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html
  'Description',
  // AWS moves it by itself: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html
  'RuntimeVersionConfig',
] satisfies (keyof FunctionConfiguration | '$metadata')[]);

function namesIn(a: object, b: object): readonly string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].toSorted();
}

function differ(a: unknown, b: unknown): boolean {
  return !isDeepStrictEqual(essenceOf(a), essenceOf(b));
}

/** An optimization that is on for published versions alone is off in $LATEST by its nature. */
function essenceOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('OptimizationStatus' in value)) return value ?? null;
  const { OptimizationStatus: _ofOne, ...rest } = value;
  return rest;
}

import type { FunctionConfiguration } from '@aws-sdk/client-lambda';
import type { Fingerprint } from '../../rotation/secret.js';

/**
 * The variable that a delivery sets. Its value is no secret; that it changes makes AWS replace the execution
 * environments, and the extension of the new ones reads the secret.
 */
const MARK = 'ROTOR_TOKEN_FINGERPRINT';

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: all variables of a function. */
const MOST_BYTES = 4096;

export function variablesOf({ Environment }: FunctionConfiguration): Readonly<Record<string, string>> {
  return Environment?.Variables ?? {};
}

export function isMarked(configuration: FunctionConfiguration, fingerprint: Fingerprint): boolean {
  return variablesOf(configuration)[MARK] === fingerprint;
}

/** Every variable stays as it is. */
export function marked(
  configuration: FunctionConfiguration,
  fingerprint: Fingerprint,
): Readonly<Record<string, string>> {
  return { ...variablesOf(configuration), [MARK]: fingerprint };
}

export function hasRoom(configuration: FunctionConfiguration): boolean {
  const all = marked(configuration, '00000000' as Fingerprint);
  const bytes = Object.entries(all).reduce((sum, [name, value]) => sum + Buffer.byteLength(name + value), 0);
  return bytes <= MOST_BYTES;
}

/**
 * What would be released, beside the mark, by pointing an alias from one version to another: names only, as values may
 * be secrets.
 */
export function differences(
  latest: FunctionConfiguration,
  version: FunctionConfiguration,
): readonly string[] {
  const fields = FIELDS.filter((field) => differ(latest[field], version[field]));
  const [ours, theirs] = [variablesOf(latest), variablesOf(version)];
  const variables = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])].filter(
    (name) => name !== MARK && ours[name] !== theirs[name],
  );
  return [...fields, ...variables.toSorted().map((name) => `variable ${name}`)];
}

const FIELDS = [
  'CodeSha256',
  'Handler',
  'Runtime',
  'Role',
  'MemorySize',
  'Timeout',
  'Layers',
  'EphemeralStorage',
  'FileSystemConfigs',
  'ImageConfigResponse',
  'KMSKeyArn',
] as const satisfies readonly (keyof FunctionConfiguration)[];

function differ(a: unknown, b: unknown): boolean {
  return JSON.stringify(a ?? null) !== JSON.stringify(b ?? null);
}

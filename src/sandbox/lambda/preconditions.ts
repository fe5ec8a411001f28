import { AwsFailure } from '../aws/failure.js';
import { versionOf, type StoredAlias, type StoredFunction, type StoredVersion } from './model.js';

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MOST_VARIABLE_BYTES = 4096;

/** Throws where there is none. */
export function found(functions: ReadonlyMap<string, StoredFunction>, nameOrArn: string): StoredFunction {
  const name = nameOrArn.replace(/^.*:/, '');
  const one = functions.get(name);
  if (one) return one;
  throw missing(`arn:aws:lambda:::function:${name}`);
}

function missing(arn: string): AwsFailure {
  return new AwsFailure('ResourceNotFoundException', `Function not found: ${arn}`, 404);
}

/** The version to which a qualifier leads; throws where it leads nowhere. */
export function present(one: StoredFunction, qualifier: string | undefined): StoredVersion {
  const version = versionOf(one, qualifier);
  if (version) return version;
  throw missing(`${one.arn}:${qualifier}`);
}

export function aliasOf(one: StoredFunction, name: string): StoredAlias {
  const alias = one.aliases.get(name);
  if (alias) return alias;
  throw new AwsFailure('ResourceNotFoundException', `Cannot find alias arn: ${one.arn}:${name}`, 404);
}

export function assertIdle({ arn, latest }: StoredFunction): void {
  if (latest.lastUpdateStatus !== 'InProgress' && latest.state !== 'Pending') return;
  throw new AwsFailure(
    'ResourceConflictException',
    `The operation cannot be performed at this time. An update is in progress for resource: ${arn}`,
    409,
  );
}

export function assertRevision(given: string | undefined, current: string): void {
  if (given === undefined || given === current) return;
  throw new AwsFailure(
    'PreconditionFailedException',
    'The Revision Id provided does not match the latest Revision Id.',
    412,
  );
}

/** Throws where they are too long. */
export function fitting(variables: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const bytes = Object.entries(variables).reduce((sum, pair) => sum + Buffer.byteLength(pair.join('')), 0);
  if (bytes <= MOST_VARIABLE_BYTES) return variables;
  // AWS quotes the variables, as here.
  const message = `Your environment variables exceeded the 4KB limit. String measured: ${JSON.stringify(variables)}`;
  throw new AwsFailure('InvalidParameterValueException', message);
}

import { AwsError } from './aws-error.js';

export const CURRENT = 'AWSCURRENT';
export const PREVIOUS = 'AWSPREVIOUS';
export const PENDING = 'AWSPENDING';

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html: across all versions. */
const MOST_LABELS = 20;

export type Labelled = { readonly id: string; readonly labels: Set<string> };
type Versions<V extends Labelled> = ReadonlyMap<string, V>;

/** A label sits on one version at most. */
export function holderOf<V extends Labelled>(versions: Versions<V>, label: string): V | undefined {
  return versions.values().find((version) => version.labels.has(label));
}

/**
 * Takes the label from wherever it is. AWSPREVIOUS follows AWSCURRENT to the version that loses it.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
 */
export function attach(versions: Versions<Labelled>, label: string, to: Labelled): void {
  const holder = holderOf(versions, label);
  if (holder === to) return;
  if (holder === undefined) assertRoom(versions);
  holder?.labels.delete(label);
  to.labels.add(label);
  if (label === CURRENT && holder !== undefined) {
    holderOf(versions, PREVIOUS)?.labels.delete(PREVIOUS);
    holder.labels.add(PREVIOUS);
  }
}

function assertRoom(versions: Versions<Labelled>): void {
  const labels = versions.values().reduce((sum, version) => sum + version.labels.size, 0);
  if (labels < MOST_LABELS) return;
  throw new AwsError('LimitExceededException', `The secret can have at most ${MOST_LABELS} staging labels.`);
}

type Move = { label: string; to: string | undefined; from: string | undefined };

/** UpdateSecretVersionStage: a label that sits elsewhere is moved only for a caller who names that version. */
export function move(versions: Versions<Labelled>, { label, to, from }: Move): void {
  const holder = holderOf(versions, label);
  const target = to === undefined ? undefined : known(versions, to);
  if (from !== undefined && holder?.id !== from) throw mismatch(label);
  if (target === undefined) return remove(label, holder);
  if (holder !== undefined && holder !== target && from === undefined) throw unnamed(label, holder);
  attach(versions, label, target);
}

function remove(label: string, holder: Labelled | undefined): void {
  if (label === CURRENT) {
    throw new AwsError(
      'InvalidParameterException',
      `You can only move staging label ${CURRENT} to a different secret version. It can't be completely removed.`,
    );
  }
  holder?.labels.delete(label);
}

function known(versions: Versions<Labelled>, id: string): Labelled {
  const version = versions.get(id);
  if (version !== undefined) return version;
  throw new AwsError(
    'ResourceNotFoundException',
    `Secrets Manager can't find the specified secret value for VersionId: ${id}`,
  );
}

function mismatch(label: string): AwsError {
  return new AwsError(
    'InvalidParameterException',
    `RemoveFromVersionId must be set to the version that currently has the staging label ${label}.`,
  );
}

function unnamed(label: string, holder: Labelled): AwsError {
  return new AwsError(
    'InvalidParameterException',
    `The parameter RemoveFromVersionId can't be empty. Staging label ${label} is currently attached to version ${holder.id}, so you must explicitly reference that version in RemoveFromVersionId.`,
  );
}

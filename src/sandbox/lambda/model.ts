import type { Fingerprint } from '../../rotation/secret.js';

export type StoredVersion = {
  /** `$LATEST` or a number. */
  readonly version: string;
  revisionId: string;
  codeSha256: string;
  handler: string;
  timeout: number;
  variables: Readonly<Record<string, string>>;
  /** The caller may not use the key of the variables. */
  isSealed: boolean;
  lastModified: number;
  state: 'Pending' | 'Active' | 'Inactive' | 'Failed';
  stateReason?: string;
  lastUpdateStatus: 'InProgress' | 'Successful' | 'Failed';
  lastUpdateStatusReason?: string;
  /** What the extension read in the environments that are invoked. */
  runsWith?: Fingerprint;
};

export type StoredAlias = {
  readonly name: string;
  version: string;
  revisionId: string;
  weights: Readonly<Record<string, number>>;
};

export type Provisioned = { status: 'IN_PROGRESS' | 'READY' | 'FAILED'; statusReason?: string };

export type StoredFunction = {
  readonly name: string;
  readonly arn: string;
  readonly latest: StoredVersion;
  readonly published: StoredVersion[];
  readonly aliases: Map<string, StoredAlias>;
  /** By alias. */
  readonly provisioned: Map<string, Provisioned>;
};

export function versionOf(one: StoredFunction, qualifier = '$LATEST'): StoredVersion | undefined {
  const wanted = one.aliases.get(qualifier)?.version ?? qualifier;
  return [one.latest, ...one.published].find(({ version }) => version === wanted);
}

import { CURRENT, holderOf } from './labels.js';
import type { StoredSecret, Value, Version } from './secrets.js';

export type VersionView = Value & { readonly id: string; readonly labels: readonly string[] };

/** A secret as it is, whatever a read is shown at the moment. Of a secret that is absent, all is empty. */
export type SecretView = {
  readonly arn: string | undefined;
  /** What consumers ought to read; undefined also for a binary value. */
  current(): string | undefined;
  versions(): readonly VersionView[];
  /** Which version each label is on. */
  labels(): Readonly<Record<string, string>>;
  tags(): Readonly<Record<string, string>>;
  /** The Regions of its replicas. */
  replicas(): readonly string[];
  facts(): Pick<StoredSecret, 'description' | 'kmsKeyId'>;
};

export function viewOf(find: () => StoredSecret | undefined): SecretView {
  const all = (): ReadonlyMap<string, Version> => find()?.versions ?? new Map<string, Version>();
  return {
    get arn() {
      return find()?.arn;
    },
    current: () => holderOf(all(), CURRENT)?.text,
    versions: () => [...all().values()].map(({ labels, ...rest }) => ({ ...rest, labels: [...labels] })),
    labels: () =>
      Object.fromEntries([...all()].flatMap(([id, { labels }]) => [...labels].map((label) => [label, id]))),
    tags: () => Object.fromEntries(find()?.tags ?? []),
    replicas: () => [...(find()?.replicas.keys() ?? [])],
    facts: () => ({ ...find() }),
  };
}

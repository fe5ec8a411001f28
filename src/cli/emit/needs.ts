import { basename } from 'node:path';
import type { Config, RotationConfig } from '../../config/index.js';
import { placeOf, type SecretPlace, type SecretRef } from '../../config/secret-ref.js';
import { secretArnIn } from '../../aws/secret-arn.js';
import { secretsIn } from '../../wiring/clients.js';

type FileTarget = Extract<RotationConfig['targets'][number], { readonly type: 'file' }>;

/** A secret that the service is handed as a file, by a name that no other one has. Its value is not looked at. */
export type SecretNeed = { readonly name: string; readonly place: SecretPlace };

/** What a machine has to have beside the program and the config. */
export type Needs = {
  readonly secrets: readonly SecretNeed[];
  /** Absolute paths of what is read and is no secret to Rotor alone: authorities, keys of issuers, identity tokens. */
  readonly files: readonly string[];
  readonly written: readonly FileTarget[];
  /** Whether the SDK of AWS has to be told a region. */
  readonly isRegionOpen: boolean;
};

/** Fields of the config that name a file to be read. A kubeconfig holds keys, and is as secret as a password. */
const READ: ReadonlySet<string> = new Set(['caFile', 'jwksFile', 'webIdentityTokenFile']);
const KUBECONFIG = 'kubeconfig';

/** `isPostgres`: the journal is there, whose address is no part of the config. */
export function needsOf(config: Config, { isPostgres }: { readonly isPostgres: boolean }): Needs {
  const database: SecretPlace[] = isPostgres ? [{ kind: 'env', name: 'DATABASE_URL' }] : [];
  const references = secretsIn(config).map((reference: SecretRef) => placeOf(reference));
  const kubeconfigs = textsAt(config, new Set([KUBECONFIG])).map((path): SecretPlace => ({
    kind: 'file',
    path,
  }));
  const targets = config.rotations.flatMap((one) => one.targets);
  return {
    secrets: named([...references, ...database, ...kubeconfigs]),
    files: [...new Set(textsAt(config, READ))],
    written: targets.flatMap((target) => (target.type === 'file' ? [target] : [])),
    isRegionOpen: config.rotations.some(
      ({ store }) => store.region === undefined && secretArnIn(store.secretId) === undefined,
    ),
  };
}

/** Each once, in the order of the config; a number behind the name where another one is called so. */
function named(places: readonly SecretPlace[]): SecretNeed[] {
  const distinct = [...new Map(places.map((place) => [JSON.stringify(place), place])).values()];
  const taken = new Set<string>();
  return distinct.map((place) => {
    const wanted = (place.kind === 'env' ? place.name : basename(place.path))
      .toLowerCase()
      .replaceAll(/[^a-z0-9_.-]/g, '_');
    let name = wanted;
    for (let number = 2; taken.has(name); number += 1) name = `${wanted}_${number}`;
    taken.add(name);
    return { name, place };
  });
}

function textsAt(value: unknown, keys: ReadonlySet<string>): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, one]: [string, unknown]) =>
    typeof one === 'string' ? (keys.has(key) ? [one] : []) : textsAt(one, keys),
  );
}

import { basename } from 'node:path';
import type { Config, RotationConfig } from '../../config/index.js';
import { placeOf, type SecretPlace, type SecretRef } from '../../config/secret-ref.js';
import { secretArnIn } from '../../aws/secret-arn.js';
import { secretsIn } from '../../wiring/clients.js';

type FileTarget = Extract<RotationConfig['targets'][number], { readonly type: 'file' }>;

/** A secret that the service is handed as a file, by a name that no other one has. Its value is not looked at. */
export type SecretNeed = { readonly name: string; readonly place: SecretPlace };

/** A file that is read, by a name that no other one has and no secret either. */
export type FileNeed = { readonly name: string; readonly path: string };

/** What a machine has to have beside the program and the config. */
export type Needs = {
  readonly secrets: readonly SecretNeed[];
  /** What is no secret to Rotor alone: authorities, keys of issuers, identity tokens. */
  readonly files: readonly FileNeed[];
  readonly written: readonly (FileTarget & { readonly rotation: string })[];
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
  const kubeconfigs = textsAt(config, new Set([KUBECONFIG])).map(inFile);
  const secrets = distinct([...references, ...database, ...kubeconfigs]);
  const paths = [...new Set(textsAt(config, READ))];
  const nameOf = namesFor([...secrets, ...paths.map(inFile)]);
  const targets = config.rotations.flatMap((one) =>
    one.targets.map((target) => ({ ...target, rotation: one.name })),
  );
  return {
    secrets: secrets.map((place) => ({ name: nameOf(place), place })),
    files: paths.map((path) => ({ name: nameOf(inFile(path)), path })),
    written: targets.flatMap((target) => (target.type === 'file' ? [target] : [])),
    isRegionOpen: config.rotations.some(
      ({ store }) => store.region === undefined && secretArnIn(store.secretId) === undefined,
    ),
  };
}

/** The targets that have some, each with its rotation: many are called alike. */
export function commandsIn(written: Needs['written']): string[] {
  return written.flatMap(({ name, rotation, reload, check }) =>
    (reload ?? check) ? [`${name} (${rotation})`] : [],
  );
}

function inFile(path: string): SecretPlace {
  return { kind: 'file', path };
}

function distinct(places: readonly SecretPlace[]): SecretPlace[] {
  return [...new Map(places.map((place) => [JSON.stringify(place), place])).values()];
}

/** A number behind the name where another one is called so. Files come first: a variable is found by any name. */
function namesFor(places: readonly SecretPlace[]): (place: SecretPlace) => string {
  const [variables = [], files = []] = [true, false].map((isVariable) =>
    distinct(places).filter(({ kind }) => (kind === 'env') === isVariable),
  );
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const place of [...files, ...variables]) {
    const wanted = (place.kind === 'env' ? place.name : basename(place.path))
      .toLowerCase()
      .replaceAll(/[^a-z0-9_.-]/g, '_');
    let name = wanted;
    for (let number = 2; taken.has(name); number += 1) name = `${wanted}_${number}`;
    taken.add(name);
    names.set(JSON.stringify(place), name);
  }
  return (place) => names.get(JSON.stringify(place)) ?? '';
}

function textsAt(value: unknown, keys: ReadonlySet<string>): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, one]: [string, unknown]) =>
    typeof one === 'string' ? (keys.has(key) ? [one] : []) : textsAt(one, keys),
  );
}

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { REGION, type DeploymentView, type WorldView } from './world/index.js';

/** A `file` target as the operator declares it. */
export type DeclaredTarget = {
  readonly name: string;
  readonly path: string;
  readonly reload?: readonly string[];
  readonly check?: readonly string[];
};

export type Declared = {
  /** Default: none. */
  readonly targets?: (deployment: DeploymentView) => readonly DeclaredTarget[];
  /** Of every rotation, over the product's own defaults. */
  readonly policy?: Readonly<Record<string, unknown>>;
  /** Default: beyond what any scenario has. */
  readonly limits?: { readonly runsAtOnce: number; readonly startsPerMinute: number };
  /** More at the top of the file. */
  readonly top?: Readonly<Record<string, unknown>>;
};

export type Place = {
  readonly config: string;
  readonly stateDir: string;
  readonly env: Readonly<Record<string, string>>;
};

const NO_LIMITS = { runsAtOnce: 10_000, startsPerMinute: 10_000 };

/** Writes the rotor.yaml of an operator who rotates every deployment of the world, and says how to start Rotor with it. */
export async function writeConfig(folder: string, world: WorldView, declared: Declared = {}): Promise<Place> {
  const caFile = join(folder, 'ca.pem');
  const config = join(folder, 'rotor.yaml');
  await mkdir(folder, { recursive: true });
  await writeFile(caFile, world.caPem);
  const tls = { caFile };
  const file = {
    version: 1,
    // Who measures and tries asks more often than a person.
    server: { listen: '127.0.0.1:0', rateLimit: { perMinute: 1_000_000 } },
    cloud: {
      endpoint: world.cloudUrl,
      apiKey: '${env:EC_API_KEY}',
      tls,
      limits: declared.limits ?? NO_LIMITS,
    },
    ...declared.top,
    rotations: world.deployments.map((deployment) => ({
      name: deployment.name,
      // By id: a name is looked up in the list of all deployments.
      select: { deployment: deployment.id },
      ...(deployment.mode === 'managed' && {
        kibana: { apiKey: `\${env:${keyVariable(deployment)}}`, tls },
      }),
      apmServer: { tls },
      store: {
        type: 'aws-secrets-manager',
        secretId: deployment.secretId,
        region: REGION,
        endpoint: world.secretsUrl,
        tls,
      },
      targets: (declared.targets?.(deployment) ?? []).map((target) => ({ type: 'file', ...target })),
      ...declared.policy,
    })),
  };
  await writeFile(config, stringify(file, { aliasDuplicateObjects: false }), { mode: 0o600 });
  return { config, stateDir: join(folder, 'state'), env: environmentOf(folder, world) };
}

function environmentOf(folder: string, world: WorldView): Record<string, string> {
  const kibanas = world.deployments
    .filter(({ mode }) => mode === 'managed')
    .map((deployment) => [keyVariable(deployment), deployment.kibanaKey] as const);
  return {
    HOME: folder,
    EC_API_KEY: world.cloudKey,
    ...Object.fromEntries(kibanas),
    AWS_ACCESS_KEY_ID: world.accessKeyId,
    AWS_SECRET_ACCESS_KEY: world.secretAccessKey,
    AWS_REGION: REGION,
  };
}

function keyVariable({ name }: DeploymentView): string {
  return `KIBANA_${name.replaceAll('-', '_').toUpperCase()}`;
}

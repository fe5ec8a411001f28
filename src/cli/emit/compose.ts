import { basename, dirname, join } from 'node:path';
import { Scalar } from 'yaml';
import type { Config } from '../../config/index.js';
import { commandsIn, needsOf, type Needs } from './needs.js';

/** Of the image (deploy/Dockerfile). */
const IN_IMAGE = {
  state: '/var/lib/rotor',
  port: 8080,
  user: '65532:65532',
};
/** Not where configs have files of their own: into a folder that is mounted read-only nothing else can be. */
const CONFIG_FOLDER = '/run/rotor';
/** Where Compose and Kubernetes put secrets: a config that names this folder is written for a container. */
const MOUNTED = '/run/secrets';
/** Of the host, from the folder of the compose file: what is there only in the container. */
const SECRETS = './secrets';
/** The user of the image as an `owner`, by name or number: Rotor may give a file to nobody else (targets/file/ownership.ts). */
const OWN = /^(65532|nonroot)(:(65532|nonroot))?$/;
/** Of the image too. Ready it is not while it waits for its journal, and to begin it anew mends nothing. */
const LIVES = ['/nodejs/bin/node', 'bin/rotor.js', 'healthcheck', '--live'];

/** `configFile` as whoever starts it names it, from the folder of the compose file or from the root. */
export type Host = {
  readonly image: string;
  readonly configFile: string;
  readonly isPostgres: boolean;
  readonly region?: string | undefined;
};

export type Composed = { readonly file: object; readonly remarks: readonly string[] };

/** https://github.com/compose-spec/compose-spec/blob/main/spec.md */
export function composeOf(config: Config, host: Host): Composed {
  const needs = needsOf(config, host);
  // A port without quotes is a number of base 60 to a reader of YAML 1.1.
  const port = new Scalar(`127.0.0.1:${config.server.listen.port || IN_IMAGE.port}:${IN_IMAGE.port}`);
  port.type = 'QUOTE_SINGLE';
  const service = {
    image: host.image,
    volumes: volumesOf(needs, host),
    ...(needs.secrets.length > 0 && { secrets: needs.secrets.map(grantOf) }),
    environment: environmentOf(needs, host),
    ports: [port],
    command: ['serve'],
    restart: 'unless-stopped',
    healthcheck: {
      test: ['CMD', ...LIVES],
      interval: '30s',
      timeout: '5s',
      start_period: '10s',
    },
    user: IN_IMAGE.user,
    cap_drop: ['ALL'],
    read_only: true,
    security_opt: ['no-new-privileges:true'],
    // A reset that is under way is finished and stored before the process ends.
    stop_grace_period: '60s',
    tmpfs: ['/tmp'],
  };
  const secrets = Object.fromEntries(needs.secrets.map((one) => [one.name, { file: hostFileOf(one) }]));
  const file = {
    name: 'rotor',
    services: { rotor: service },
    volumes: { state: {} },
    ...(needs.secrets.length > 0 && { secrets }),
  };
  return { file, remarks: remarksOn(needs, host) };
}

type Secret = Needs['secrets'][number];

function environmentOf({ secrets, isRegionOpen }: Needs, { configFile, region }: Host): object {
  const variables = secrets.flatMap(({ name, place }) =>
    place.kind === 'env' ? [[`${place.name}_FILE`, `${MOUNTED}/${name}`]] : [],
  );
  return {
    ROTOR_CONFIG: join(CONFIG_FOLDER, basename(configFile)),
    ...(Object.fromEntries(variables) as object),
    ...(isRegionOpen && region !== undefined && { AWS_REGION: region }),
  };
}

/** What the config looks for in a file is mounted there. */
function grantOf({ name, place }: Secret): object {
  return { source: name, target: place.kind === 'env' ? `${MOUNTED}/${name}` : place.path };
}

function hostFileOf({ name, place }: Secret): string {
  return place.kind === 'file' && !isMounted(place.path) ? place.path : `${SECRETS}/${name}`;
}

/** `/var/run` is another name of `/run`. */
function isMounted(path: string): boolean {
  return path.replace(/^\/var\//, '/').startsWith(`${MOUNTED}/`);
}

function volumesOf({ files, written }: Needs, { configFile }: Host): object[] {
  const folders = [...new Set(written.map(({ path }) => dirname(path)))];
  const bind = (source: string, target: string, isReadOnly: boolean) => ({
    type: 'bind',
    source,
    target,
    ...(isReadOnly && { read_only: true }),
    // A path that is not there is a slip, and no folder to be made.
    bind: { create_host_path: false },
  });
  return [
    { type: 'volume', source: 'state', target: IN_IMAGE.state },
    // A file that takes the place of a mounted one would not be seen.
    bind(dirname(configFile), CONFIG_FOLDER, true),
    ...files.map(({ name, path }) => bind(isMounted(path) ? `${SECRETS}/${name}` : path, path, true)),
    ...folders.map((folder) => bind(folder, folder, false)),
  ];
}

function remarksOn({ secrets, files, written, isRegionOpen }: Needs, { configFile, region }: Host): string[] {
  const [user] = IN_IMAGE.user.split(':');
  const readers = `by user ${user} alone (chown, chmod 0400)`;
  return [
    `put the config into ${configFile}, to be read by user ${user}, and nothing else beside it: its folder is mounted as a whole`,
    ...secrets.map((one) => {
      const { place } = one;
      const host = hostFileOf(one);
      if (place.kind === 'file' && host === place.path) return `${host} has to be readable ${readers}`;
      const what =
        place.kind === 'env' ? `the value of ${place.name}` : `what the config finds in ${place.path}`;
      return `put ${what} into ${host}, to be read ${readers}`;
    }),
    ...files.flatMap(({ name, path }) =>
      isMounted(path)
        ? [`put what the config finds in ${path} into ${SECRETS}/${name}, to be read by user ${user}`]
        : [],
    ),
    ...(isRegionOpen && region === undefined ? ['a store names no region: give one with --region'] : []),
    ...remarksOnWritten(written),
  ];
}

function remarksOnWritten(written: Needs['written']): string[] {
  const [user, group] = IN_IMAGE.user.split(':');
  const folders = [...new Set(written.map(({ path }) => dirname(path)))];
  const kept = written.flatMap(({ owner, path }) => (owner === undefined ? [path] : []));
  const commands = commandsIn(written);
  return [
    ...(folders.length > 0 ? [`user ${user} has to be able to write in ${folders.join(', ')}`] : []),
    ...(kept.length > 0
      ? [`what is there already has to belong to ${IN_IMAGE.user}, or it is not replaced: ${kept.join(', ')}`]
      : []),
    ...written.flatMap(({ name, owner }) =>
      owner === undefined || OWN.test(owner)
        ? []
        : [
            `the file of ${name} cannot be given to ${owner}, and is never written: leave out its owner, and let its readers be in group ${group}`,
          ],
    ),
    ...(commands.length > 0
      ? [
          `the commands of ${commands.join(', ')} run inside of the container, which has no shell and no systemctl: let the reader watch its file`,
        ]
      : []),
  ];
}

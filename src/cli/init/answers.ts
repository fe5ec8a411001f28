import { Document } from 'yaml';
import { loadConfig } from '../../config/index.js';
import { findingsOf } from '../../config/findings.js';

/** What a first config is made of; what was not asked for is absent. */
export type Answers = {
  readonly issuer?: string;
  readonly deployment?: string;
  readonly kibanaUrl?: string;
  readonly name?: string;
  readonly secretId?: string;
  readonly region?: string;
  readonly maxAge?: string;
  readonly target?: string;
  readonly path?: string;
  readonly namespace?: string;
  readonly workload?: string;
  readonly cluster?: string;
  readonly service?: string;
  readonly function?: string;
  readonly url?: string;
  readonly notifyUrl?: string;
};

export type Key = keyof Answers;

/** Stands in for what is not answered yet, so that an answer can be checked by itself. */
const PLACEHOLDERS: Required<Answers> = {
  issuer: 'auto',
  deployment: 'deployment',
  kibanaUrl: 'https://kibana.example.com',
  name: 'rotation',
  secretId: 'secret',
  region: 'eu-central-1',
  maxAge: '30d',
  target: 'none',
  path: '/token',
  namespace: 'namespace',
  workload: 'deployment/name',
  cluster: 'cluster',
  service: 'service',
  function: 'function',
  url: 'https://hooks.example.com',
  notifyUrl: 'https://hooks.example.com',
};

/** Where each answer stands in the config. */
const PLACES: Readonly<Record<Key, string>> = {
  issuer: 'rotations.0.issuer',
  deployment: 'rotations.0.select.deployment',
  kibanaUrl: 'rotations.0.kibana.url',
  name: 'rotations.0.name',
  secretId: 'rotations.0.store.secretId',
  region: 'rotations.0.store.region',
  maxAge: 'rotations.0.maxAge',
  target: 'rotations.0.targets',
  path: 'rotations.0.targets.0.path',
  namespace: 'rotations.0.targets.0.namespace',
  workload: 'rotations.0.targets.0.workload',
  cluster: 'rotations.0.targets.0.cluster',
  service: 'rotations.0.targets.0.service',
  function: 'rotations.0.targets.0.functions',
  url: 'rotations.0.targets.0.url',
  notifyUrl: 'notifiers.ops.url',
};

/** Of answers that stand in the config for one kind of target, or of issuer, alone. */
const GOES_WITH: Readonly<Partial<Record<Key, Answers>>> = {
  kibanaUrl: { issuer: 'fleet' },
  path: { target: 'file' },
  namespace: { target: 'kubernetes' },
  workload: { target: 'kubernetes' },
  cluster: { target: 'ecs' },
  service: { target: 'ecs' },
  function: { target: 'lambda' },
  url: { target: 'webhook' },
};

/** What is wrong with an answer, a sentence; undefined where nothing is. */
export function complaintOf(key: Key, value: string, answers: Answers): string | undefined {
  const others = { ...PLACEHOLDERS, ...answers, ...GOES_WITH[key] };
  try {
    loadConfig('rotor.yaml', { text: textOf({ ...others, [key]: value }) });
    return undefined;
  } catch (error) {
    const found = findingsOf(error).find(({ path }) => path.startsWith(PLACES[key]));
    return found && `found ${found.found}, expected ${found.expected}`;
  }
}

const HEAD = ` Made by \`rotor init\`. \`rotor explain\` tells what else can be said here, \`rotor validate\` checks it.
 Secrets are references: \${env:NAME}, or \${file:/absolute/path}.`;

/** As it is written to the file. */
export function textOf(answers: Answers): string {
  const document = new Document(configOf(answers));
  document.commentBefore = HEAD;
  return document.toString({ lineWidth: 0 });
}

function configOf({
  issuer,
  deployment,
  kibanaUrl,
  name,
  secretId,
  region,
  maxAge,
  ...rest
}: Answers): object {
  const { notifyUrl, ...target } = rest;
  const isOwnKibana = issuer === 'fleet';
  const rotation = {
    name,
    ...(isOwnKibana ? { issuer } : { ...(issuer !== 'auto' && { issuer }), select: { deployment } }),
    ...(issuer !== 'elastic-cloud' && {
      kibana: { ...(isOwnKibana && { url: kibanaUrl }), apiKey: '${env:KIBANA_API_KEY}' },
    }),
    maxAge,
    store: { type: 'aws-secrets-manager', secretId, ...(region !== undefined && { region }) },
    targets: targetsOf(target),
  };
  const ops = { type: 'webhook', url: notifyUrl, secret: '${env:HOOK_SECRET}' };
  return {
    version: 1,
    ...(!isOwnKibana && { cloud: { apiKey: '${env:EC_API_KEY}' } }),
    ...(notifyUrl !== undefined && { notifiers: { ops }, defaults: { notify: ['ops'] } }),
    rotations: [rotation],
  };
}

function targetsOf({ target: type = 'none', ...given }: Answers): object[] {
  const { path, namespace, workload, cluster, service, function: name, url } = given;
  switch (type) {
    case 'file':
      return [{ type, path }];
    case 'kubernetes':
      return [{ type, namespace, workload, secret: { name: 'apm-token', key: 'token' } }];
    case 'ecs':
      return [{ type, cluster, service }];
    case 'lambda':
      return [{ type, functions: [name] }];
    case 'webhook':
      return [{ type, url, secret: '${env:TARGET_HOOK_SECRET}' }];
    default:
      return [];
  }
}

import type { Answers, Key } from './answers.js';

type Choice = { readonly value: string; readonly label: string };

/** One thing that a first config has to know; also a flag of the command. */
export type Question = {
  readonly key: Key;
  readonly flag: string;
  readonly message: string;
  /** One of these, else a text. */
  readonly choices?: readonly Choice[];
  /** Only where it depends on what was answered before. */
  readonly isAsked?: (answers: Answers) => boolean;
  /** Taken where nothing else is said. */
  readonly fallback?: (answers: Answers) => string;
  /** May be left empty. */
  readonly isOptional?: true;
};

export const ISSUERS = [
  { value: 'auto', label: 'on Elastic Cloud, managed by Elastic Agent (usual on 8.x and 9.x), or not known' },
  { value: 'elastic-cloud', label: 'on Elastic Cloud, standalone' },
  { value: 'fleet', label: 'managed by the Fleet of a Kibana of our own' },
] as const;

export const TARGETS = [
  { value: 'none', label: 'nobody yet: only the store' },
  { value: 'kubernetes', label: 'workloads in Kubernetes' },
  { value: 'ecs', label: 'a service in Amazon ECS' },
  { value: 'lambda', label: 'Lambda functions' },
  { value: 'file', label: 'who reads a file on the machine of Rotor' },
  { value: 'webhook', label: 'a system of our own, by a webhook' },
] as const;

const isFor =
  (kind: (typeof TARGETS)[number]['value']) =>
  ({ target }: Answers): boolean =>
    target === kind;

export const QUESTIONS: readonly Question[] = [
  {
    key: 'issuer',
    flag: '--issuer',
    message: 'Where does the APM Server run?',
    choices: ISSUERS,
    fallback: () => 'auto',
  },
  {
    key: 'deployment',
    flag: '--deployment',
    message: 'Name of its deployment in Elastic Cloud',
    isAsked: ({ issuer }) => issuer !== 'fleet',
  },
  {
    key: 'kibanaUrl',
    flag: '--kibana-url',
    message: 'Address of that Kibana, https://…',
    isAsked: ({ issuer }) => issuer === 'fleet',
  },
  {
    key: 'name',
    flag: '--name',
    message: 'A name for this rotation',
    fallback: ({ deployment = '' }) => nameFrom(deployment),
  },
  {
    key: 'secretId',
    flag: '--secret-id',
    message: 'Secret of AWS Secrets Manager that holds the token',
    fallback: ({ name = '' }) => `apm/${name}`,
  },
  {
    key: 'region',
    flag: '--region',
    message: 'Its AWS region; empty: that of AWS_REGION',
    isOptional: true,
  },
  {
    key: 'maxAge',
    flag: '--max-age',
    message: 'How old may a token become?',
    fallback: () => '30d',
  },
  {
    key: 'target',
    flag: '--target',
    message: 'Who has to get a new token?',
    choices: TARGETS,
    fallback: () => 'none',
  },
  { key: 'namespace', flag: '--namespace', message: 'Their namespace', isAsked: isFor('kubernetes') },
  {
    key: 'workload',
    flag: '--workload',
    message: 'One of them, such as deployment/checkout',
    isAsked: isFor('kubernetes'),
  },
  { key: 'cluster', flag: '--cluster', message: 'Its cluster', isAsked: isFor('ecs') },
  { key: 'service', flag: '--service', message: 'Its name', isAsked: isFor('ecs') },
  {
    key: 'function',
    flag: '--function',
    message: 'Their name, or a pattern: orders-*',
    isAsked: isFor('lambda'),
  },
  { key: 'path', flag: '--path', message: 'The file, an absolute path', isAsked: isFor('file') },
  { key: 'url', flag: '--url', message: 'Where it is told, https://…', isAsked: isFor('webhook') },
  {
    key: 'notifyUrl',
    flag: '--notify-url',
    message: 'Where a webhook tells of failures, https://…; empty: nowhere yet',
    isOptional: true,
  },
];

/** As names of rotations are written. */
function nameFrom(deployment: string): string {
  const name = deployment.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return name.replaceAll(/^-+|-+$/g, '').slice(0, 63) || 'apm';
}

import { stringify } from 'yaml';
import type { Declared, Kubernetes } from '../../src/sandbox/kubernetes/index.js';

/** Fields of the spec of a workload beside its selector and template. */
type Over = {
  readonly spec?: Readonly<Record<string, unknown>>;
  /** Of its pods: `env` of the one container, and fields of the spec. */
  readonly pod?: Readonly<Record<string, unknown>>;
  readonly metadata?: Readonly<Record<string, unknown>>;
};

export const TOKEN_OF_SECRET = {
  name: 'ELASTIC_APM_SECRET_TOKEN',
  valueFrom: { secretKeyRef: { name: 'apm-token', key: 'token' } },
};

export const SERVER_URL = { name: 'ELASTIC_APM_SERVER_URL', value: 'https://apm.example.com' };

/** A Deployment, StatefulSet or DaemonSet that reads the token of Secret apm-token when it starts. */
export function workload(kind: string, name: string, over: Over = {}): Declared {
  const { env = [TOKEN_OF_SECRET, SERVER_URL], ...pod } = over.pod ?? {};
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, labels: { app: name, part: 'shop' }, ...over.metadata },
    spec: {
      ...(kind !== 'DaemonSet' && { replicas: 3 }),
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'app', image: 'shop/app:1', env }], ...pod },
      },
      ...over.spec,
    },
  };
}

export function cronJob(name: string): Declared {
  const pod = { spec: { restartPolicy: 'Never', containers: [{ name: 'job', image: 'shop/job:1' }] } };
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name, labels: { part: 'shop' } },
    spec: { schedule: '0 3 * * *', jobTemplate: { spec: { template: pod } } },
  };
}

export function secret(name: string, data: Readonly<Record<string, string>>, over: object = {}): Declared {
  const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  const { metadata, ...rest } = { metadata: {}, ...over } as { metadata?: object };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, ...metadata },
    data: Object.fromEntries(encoded) as object,
    ...rest,
  };
}

export function configMap(name: string, data: Readonly<Record<string, string>>): Declared {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
}

/** Of one context; `user` and `cluster` over what a token and a CA need. */
export function kubeconfigOf(
  { url, caPem }: Pick<Kubernetes, 'url' | 'caPem'>,
  user: object,
  cluster: object = {},
): string {
  const ca = { 'certificate-authority-data': Buffer.from(caPem).toString('base64') };
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'sandbox', cluster: { server: url, ...ca, ...cluster } }],
    users: [{ name: 'rotor', user }],
    contexts: [{ name: 'shop-eu', context: { cluster: 'sandbox', user: 'rotor' } }],
    'current-context': 'shop-eu',
  });
}

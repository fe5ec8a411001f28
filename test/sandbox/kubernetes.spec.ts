import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  EVERYTHING,
  startKubernetes,
  type Kubernetes,
  type KubeObject,
  type WorkloadPlace,
} from '../../src/sandbox/kubernetes/index.js';
import { findKubectl, kubectlFor, type Kubectl } from '../kubernetes/kubectl.js';
import { kubeconfigOf, secret, workload } from '../kubernetes/objects.js';

const program = await findKubectl();
if (program === undefined)
  console.warn('NO KUBECTL: WHETHER THE REAL ONE UNDERSTANDS THE SANDBOX IS NOT TESTED');

const PLURALS = { Deployment: 'deployments', StatefulSet: 'statefulsets', DaemonSet: 'daemonsets' } as const;

const WEB = { plural: 'deployments', namespace: 'shop', name: 'web' } as const;

(program === undefined ? describe.skip : describe)('the real kubectl', () => {
  let kube: Kubernetes;
  let folder: string;
  let kubectl: Kubectl;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rotor-kube-'));
    kube = await startKubernetes({ stepMs: 5 });
    kubectl = await as(kube.login('admin', EVERYTHING));
    kube.add('deployments', 'shop', workload('Deployment', 'web'));
    kube.add('secrets', 'shop', secret('apm-token', { token: 'before' }));
  });
  afterEach(async () => {
    await kube.close();
    await rm(folder, { recursive: true });
  });

  const as = async (token: string): Promise<Kubectl> => {
    const kubeconfig = join(folder, `kubeconfig-${token.slice(0, 6)}`);
    await writeFile(kubeconfig, kubeconfigOf(kube, { token }));
    return kubectlFor(program ?? '', kubeconfig);
  };

  it('reads a secret', async () => {
    const { stdout } = await kubectl(
      '-n',
      'shop',
      'get',
      'secret',
      'apm-token',
      '-o',
      'jsonpath={.data.token}',
    );
    expect(Buffer.from(stdout, 'base64').toString()).toBe('before');
  });

  it('restarts a rollout and waits until it is through', async () => {
    expect(await kubectl('-n', 'shop', 'rollout', 'status', 'deployment/web')).toMatchObject({ code: 0 });
    const before = kube.pods(WEB).map(({ metadata }) => metadata.uid);
    expect(await kubectl('-n', 'shop', 'rollout', 'restart', 'deployment/web')).toMatchObject({ code: 0 });
    const status = await kubectl('-n', 'shop', 'rollout', 'status', 'deployment/web');
    expect(status.stdout).toContain('deployment "web" successfully rolled out');
    expect(kube.pods(WEB).filter(({ metadata }) => before.includes(metadata.uid))).toEqual([]);
  });

  it('creates, patches and deletes', async () => {
    const file = join(folder, 'secret.json');
    await writeFile(file, JSON.stringify(secret('other', { key: 'one' })));
    expect(await kubectl('-n', 'shop', 'create', '--validate=false', '-f', file)).toMatchObject({ code: 0 });
    const again = await kubectl('-n', 'shop', 'create', '--validate=false', '-f', file);
    expect(again.stderr).toContain('secrets "other" already exists');
    const data = JSON.stringify({ data: { key: Buffer.from('two').toString('base64') } });
    expect(await kubectl('-n', 'shop', 'patch', 'secret', 'other', '-p', data)).toMatchObject({ code: 0 });
    expect(kube.find('secrets', 'shop', 'other')?.data).toEqual({
      key: Buffer.from('two').toString('base64'),
    });
    expect(await kubectl('-n', 'shop', 'delete', 'secret', 'other')).toMatchObject({ code: 0 });
    expect(kube.find('secrets', 'shop', 'other')).toBeUndefined();
  });

  it('applies on the server, and is told of a conflict', async () => {
    const file = join(folder, 'secret.json');
    await writeFile(file, JSON.stringify(secret('apm-token', { token: 'mine' })));
    const apply = ['-n', 'shop', 'apply', '--server-side', '--validate=false', '-f', file];
    const refused = await kubectl(...apply);
    expect(refused.stderr).toContain('conflict with "kubectl-client-side-apply"');
    expect(await kubectl(...apply, '--force-conflicts')).toMatchObject({ code: 0 });
    const owners = kube.find('secrets', 'shop', 'apm-token')?.metadata.managedFields ?? [];
    expect(owners.find(({ manager }) => manager === 'kubectl')?.fieldsV1).toMatchObject({
      'f:data': { 'f:token': {} },
    });
  });

  it('is told of what is not there, not allowed, and of a token that nobody has', async () => {
    const absent = await kubectl('-n', 'shop', 'get', 'deployment', 'absent');
    expect(absent.stderr).toContain('deployments.apps "absent" not found');
    const nobody = await as('nobody');
    expect((await nobody('-n', 'shop', 'get', 'pods')).stderr).toMatch(/logged in|Unauthorized/);
    const reader = await as(
      kube.login('reader', [
        { namespace: 'shop', rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }] },
      ]),
    );
    const refused = await reader('-n', 'shop', 'get', 'secret', 'apm-token');
    expect(refused.stderr).toContain(
      'User "reader" cannot get resource "secrets" in API group "" in the namespace "shop"',
    );
    const review = async (verb: string, resource: string): Promise<string> => {
      const file = join(folder, 'review.json');
      const spec = { resourceAttributes: { namespace: 'shop', verb, resource } };
      const apiVersion = 'authorization.k8s.io/v1';
      await writeFile(file, JSON.stringify({ apiVersion, kind: 'SelfSubjectAccessReview', spec }));
      const flags = ['--validate=false', '-f', file, '-o', 'jsonpath={.status.allowed}'];
      return (await reader('create', ...flags)).stdout;
    };
    expect([await review('list', 'pods'), await review('get', 'secrets')]).toEqual(['true', 'false']);
  });
});

describe('a rollout in the sandbox', () => {
  let kube: Kubernetes;
  let now = Date.parse('2026-10-06T09:00:00Z');

  beforeEach(async () => {
    kube = await startKubernetes({ now: () => now });
  });
  afterEach(async () => kube.close());

  const start = (kind: 'Deployment' | 'StatefulSet' | 'DaemonSet', spec: object = {}) => {
    const place = { plural: PLURALS[kind], namespace: 'shop', name: 'web' } as const;
    kube.add(place.plural, 'shop', workload(kind, 'web', { spec: { ...spec } }));
    kube.settle();
    return place;
  };
  const restart = (place: WorkloadPlace): void => {
    const template = { metadata: { annotations: { turn: String((now += 1)) } } };
    kube.edit(place.plural, 'shop', 'web', { spec: { template } }, 'somebody');
  };
  const isNew = ({ metadata }: KubeObject): boolean => metadata.annotations?.['turn'] !== undefined;
  const counts = (place: WorkloadPlace): number[] => {
    const pods = kube.pods(place).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    return [pods.length, pods.filter(isNew).length];
  };

  it('never has fewer pods of a Deployment ready, nor more in all, than its strategy allows', () => {
    const place = start('Deployment', { replicas: 20 });
    restart(place);
    while (kube.step()) {
      const [all = 0] = counts(place);
      const ready = Number(kube.find('deployments', 'shop', 'web')?.status?.['readyReplicas']);
      expect([all <= 25, ready >= 15]).toEqual([true, true]);
    }
    expect(counts(place)).toEqual([20, 20]);
  });

  it.each(['StatefulSet', 'DaemonSet'] as const)('changes the pods of a %s one after the other', (kind) => {
    const place = start(kind);
    restart(place);
    while (kube.step()) expect(counts(place)[0]).toBeGreaterThanOrEqual(2);
    expect(counts(place)).toEqual([3, 3]);
  });

  it('changes no pod of an OnDelete set, until somebody takes it away', () => {
    const place = start('StatefulSet', { updateStrategy: { type: 'OnDelete' } });
    restart(place);
    kube.settle();
    expect(counts(place)).toEqual([3, 0]);
    kube.evict(place, 'web-1');
    kube.settle();
    expect(counts(place)).toEqual([3, 1]);
  });

  it('gives up once nothing has gone forward for the deadline', () => {
    const place = start('Deployment');
    kube.trouble(place, { reason: 'CrashLoopBackOff', healthy: 1 });
    restart(place);
    kube.settle();
    now += 601_000;
    kube.settle();
    expect(kube.find('deployments', 'shop', 'web')?.status).toMatchObject({
      conditions: [{ type: 'Available' }, { type: 'Progressing', reason: 'ProgressDeadlineExceeded' }],
    });
  });

  it('changes nothing while a Deployment is paused, and nothing in a write that changes nothing', () => {
    const place = start('Deployment', { paused: true });
    restart(place);
    kube.settle();
    expect(counts(place)[1]).toBe(0);
    const before = kube.find('deployments', 'shop', 'web')?.metadata;
    kube.edit('deployments', 'shop', 'web', { spec: { paused: true } }, 'somebody');
    expect(kube.find('deployments', 'shop', 'web')?.metadata).toEqual(before);
  });
});

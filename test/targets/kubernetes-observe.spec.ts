import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Secret } from '../../src/rotation/secret.js';
import type { KubeObject, WorkloadPlace } from '../../src/sandbox/kubernetes/index.js';
import type { Observation } from '../../src/targets/target.js';
import { errorOf, newToken } from '../contracts/target.contract.js';
import { cronJob, secret, workload } from '../kubernetes/objects.js';
import { ANNOTATION, KubernetesWorld, never, type Over, WEB } from './kubernetes-world.js';

describe('a look at Kubernetes', () => {
  let world: KubernetesWorld;
  let token: Secret;

  beforeEach(async () => {
    world = await KubernetesWorld.open();
    token = newToken();
  });
  afterEach(async () => world.close());

  const deployed = (spec: object = {}): void => {
    world.kube.add('deployments', 'shop', workload('Deployment', 'web', { spec: { ...spec } }));
    world.kube.settle();
  };
  const deliver = async (over: Over = {}) => world.target(over).deliver(token, never());
  const look = async (over: Over = {}): Promise<Observation> => world.look(world.target(over), token);
  const detailOf = (observation: Observation): string =>
    'detail' in observation ? (observation.detail ?? '') : '';

  const isOld = ({ metadata }: KubeObject): boolean => metadata.annotations?.[ANNOTATION] === undefined;

  it('is pending until the last pod runs with the token, and never sooner', async () => {
    deployed({ replicas: 8 });
    await deliver();
    const states: Observation[] = [await look()];
    while (world.kube.step()) states.push(await look());
    expect(states.slice(0, -1).map(({ state }) => state)).not.toContain('converged');
    expect(states.at(-1)).toEqual({ state: 'converged', seen: 8, of: 8 });
  });

  it('counts 18 of 20, and says which pods are not ready and why', async () => {
    deployed({ replicas: 20 });
    world.kube.trouble(WEB, { reason: 'CrashLoopBackOff', healthy: 18 });
    await deliver();
    world.kube.settle();
    const observation = await look();
    expect(observation).toMatchObject({ state: 'pending', seen: 18 });
    expect(detailOf(observation)).toMatch(
      /^18 of 2\d pods: .*shop\/web-\w+-\w+ is not ready \(CrashLoopBackOff\)/,
    );
  });

  it('is pending where the deadline of a rollout is over, since Kubernetes goes on with it, and converges when it does', async () => {
    deployed();
    world.kube.trouble(WEB, { reason: 'ImagePullBackOff', healthy: 1 });
    await deliver();
    world.kube.settle();
    expect(await look()).toMatchObject({ state: 'pending' });
    world.now += 601_000;
    world.kube.settle();
    const observation = await look();
    expect(observation).toMatchObject({ state: 'pending' });
    expect(detailOf(observation)).toContain(
      'deployment shop/web: its rollout is past its deadline (ProgressDeadlineExceeded)',
    );
    await deliver();
    expect(world.kube.find('deployments', 'shop', 'web')?.metadata.generation).toBe(2);
    world.kube.trouble(WEB, undefined);
    world.kube.settle();
    expect(await look()).toEqual({ state: 'converged', seen: 3, of: 3 });
  });

  it('is pending once GitOps has put the pod template back, and names who did', async () => {
    deployed();
    await deliver();
    world.kube.settle();
    expect(await look()).toMatchObject({ state: 'converged' });
    const back = { spec: { template: { metadata: { annotations: { [ANNOTATION]: 'deadbeef' } } } } };
    world.kube.edit('deployments', 'shop', 'web', back, 'argocd-controller');
    expect(detailOf(await look())).toContain(
      `deployment shop/web has another token in its annotation ${ANNOTATION}, by argocd-controller`,
    );
    world.kube.edit(
      'deployments',
      'shop',
      'web',
      { spec: { template: { metadata: { annotations: { [ANNOTATION]: null } } } } },
      'argocd-controller',
    );
    expect(detailOf(await look())).toContain(`deployment shop/web has lost its annotation ${ANNOTATION}`);
    world.kube.settle();
    expect(await look()).toMatchObject({ state: 'pending', seen: 0, of: 3 });
  });

  it('is pending once somebody has put the Secret back, whatever the pods still run with', async () => {
    deployed();
    await deliver();
    world.kube.settle();
    world.putSecret('before', 'helm');
    expect(await look()).toEqual({
      state: 'pending',
      seen: 0,
      of: 3,
      other: 1,
      detail: '0 of 3 pods: Secret shop/apm-token holds another token under token, written by helm',
    });
  });

  it('counts a pod of the old template until it has ended', async () => {
    deployed({
      replicas: 2,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 2, maxUnavailable: 0 } },
    });
    await deliver();
    while (!world.kube.pods(WEB).some(({ metadata }) => metadata.deletionTimestamp !== undefined))
      world.kube.step();
    const observation = await look();
    expect(observation).toMatchObject({ state: 'pending', seen: 2, of: 4 });
    expect(detailOf(observation)).toMatch(/is about to end, and runs until it has/);
  });

  it('tells pods that run with another token from those that are not ready with this one', async () => {
    deployed();
    await deliver();
    expect(await look()).toMatchObject({ state: 'pending', seen: 0, other: 3 });
    world.kube.trouble(WEB, { reason: 'CrashLoopBackOff', healthy: 2 });
    world.kube.settle();
    // The third of the old template serves until the last one is ready, which it never is.
    expect(await look()).toMatchObject({ state: 'pending', seen: 2, of: 4, other: 1 });
    for (const { metadata } of world.kube.pods(WEB).filter(isOld)) world.kube.evict(WEB, metadata.name);
    world.kube.settle();
    expect(await look()).toMatchObject({ state: 'pending', seen: 2, of: 3, other: 0 });
  });

  it('does not take a pod that ends for one that has to be restarted', async () => {
    deployed({ replicas: 1 });
    await deliver();
    while (!world.kube.pods(WEB).some(({ metadata }) => metadata.deletionTimestamp !== undefined))
      world.kube.step();
    expect(await look()).toMatchObject({ state: 'pending', other: 0 });
  });

  it('takes an ordinary release for none that is behind', async () => {
    deployed();
    await deliver();
    world.kube.settle();
    world.kube.trouble(WEB, { reason: 'ContainerCreating', healthy: 1 });
    const containers = [{ name: 'app', image: 'shop/app:2' }];
    world.kube.edit('deployments', 'shop', 'web', { spec: { template: { spec: { containers } } } }, 'ci');
    for (let steps = 0; steps < 6; steps += 1) world.kube.step();
    expect(await look()).toMatchObject({ state: 'pending', other: 0 });
  });

  it('takes a template that was put back, or another token in the Secret, for behind at once', async () => {
    deployed();
    await deliver();
    world.kube.settle();
    const back = { spec: { template: { metadata: { annotations: { [ANNOTATION]: null } } } } };
    world.kube.edit('deployments', 'shop', 'web', back, 'argocd-controller');
    expect(await look()).toMatchObject({ state: 'pending', seen: 3, other: 1 });
    world.putSecret('before', 'helm');
    const jobs = { workloads: [{ kind: 'cronjob', name: 'report' }] } as const;
    world.kube.add('cronjobs', 'shop', cronJob('report'));
    expect(await look(jobs)).toMatchObject({ state: 'pending', seen: 0, of: 0, other: 1 });
  });

  it('does not count pods that only have the labels', async () => {
    deployed();
    world.kube.add('pods', 'shop', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web-debug', labels: { app: 'web' } },
      status: { phase: 'Running' },
    });
    await deliver();
    world.kube.settle();
    expect(await look()).toEqual({ state: 'converged', seen: 3, of: 3 });
  });

  it.each([
    ['StatefulSet', 'statefulset', 'statefulsets'],
    ['DaemonSet', 'daemonset', 'daemonsets'],
  ] as const)('follows a %s pod by pod', async (kind, name, plural) => {
    world.kube.add(plural, 'shop', workload(kind, 'web'));
    world.kube.settle();
    const over = { workloads: [{ kind: name, name: 'web' }] };
    await deliver(over);
    const counts = new Set<number>();
    while (world.kube.step()) {
      const observation = await look(over);
      if ('seen' in observation) counts.add(observation.seen);
    }
    expect([...counts]).toEqual([0, 1, 2, 3]);
    expect(await look(over)).toEqual({ state: 'converged', seen: 3, of: 3 });
  });

  it('sees the pods of an OnDelete set when somebody deletes them', async () => {
    const place: WorkloadPlace = { plural: 'statefulsets', namespace: 'shop', name: 'web' };
    world.kube.add(
      'statefulsets',
      'shop',
      workload('StatefulSet', 'web', { spec: { updateStrategy: { type: 'OnDelete' } } }),
    );
    world.kube.settle();
    const over = { workloads: [{ kind: 'statefulset', name: 'web' }] } as const;
    await deliver(over);
    world.kube.evict(place, 'web-1');
    world.kube.settle();
    expect(await look(over)).toMatchObject({ state: 'pending', seen: 1, of: 3 });
    for (const pod of ['web-0', 'web-2']) world.kube.evict(place, pod);
    world.kube.settle();
    expect(await look(over)).toMatchObject({ state: 'converged' });
  });

  it('assumes it of a CronJob once the Secret has the token, and of nothing beside one that is seen', async () => {
    world.kube.add('cronjobs', 'shop', cronJob('report'));
    const jobs = { workloads: [{ kind: 'cronjob', name: 'report' }] } as const;
    expect(await look(jobs)).toMatchObject({
      state: 'pending',
      detail: '0 of 0 pods: Secret shop/apm-token does not exist',
    });
    await deliver(jobs);
    expect(await look(jobs)).toEqual({ state: 'assumed' });
    deployed();
    const both = { workloads: [...jobs.workloads, { kind: 'deployment', name: 'web' }] } as const;
    await deliver(both);
    world.kube.settle();
    expect(await look(both)).toEqual({ state: 'converged', seen: 3, of: 3 });
  });

  it('sees who was started after the Secret had the token, where somebody else restarts', async () => {
    world.kube.add('secrets', 'shop', secret('apm-token', { token: 'before' }));
    deployed();
    world.now += 1_000;
    const over = { restart: 'none' } as const;
    await deliver(over);
    world.kube.settle();
    expect(await look(over)).toMatchObject({ state: 'pending', seen: 0, of: 3 });
    world.now += 1_000;
    const restart = { spec: { template: { metadata: { annotations: { reloader: 'x' } } } } };
    world.kube.edit('deployments', 'shop', 'web', restart, 'reloader');
    world.kube.settle();
    expect(await look(over)).toEqual({ state: 'converged', seen: 3, of: 3 });
  });

  it('looks into the Secret that the pods read, where somebody else writes and restarts', async () => {
    world.putSecret('before');
    deployed();
    const over = { secret: undefined, restart: 'none' } as const;
    expect(detailOf(await look(over))).toContain('Secret shop/apm-token holds another token');
    world.putSecret(token);
    expect(await look(over)).toMatchObject({ state: 'pending', seen: 0, of: 3 });
    world.kube.edit(
      'deployments',
      'shop',
      'web',
      { spec: { template: { metadata: { annotations: { a: 'b' } } } } },
      'reloader',
    );
    world.kube.settle();
    expect(await look(over)).toMatchObject({ state: 'converged' });
  });

  it('only assumes it where nothing names a Secret and nobody restarts for Rotor', async () => {
    world.kube.add('deployments', 'shop', workload('Deployment', 'web', { pod: { env: [] } }));
    world.kube.settle();
    expect(await look({ secret: undefined, restart: 'none' })).toEqual({ state: 'assumed' });
  });

  it('is not green for a workload that nobody can look at, whatever is seen of another one', async () => {
    world.putSecret(token);
    world.now += 1_000;
    deployed();
    const over = {
      secret: undefined,
      restart: 'none',
      workloads: [
        { kind: 'deployment', name: 'web' },
        { kind: 'deployment', name: 'blind' },
      ],
    } as const;
    world.kube.add('deployments', 'shop', workload('Deployment', 'blind', { pod: { env: [] } }));
    world.kube.settle();
    expect(await look(over)).toEqual({ state: 'assumed' });
  });

  it('only assumes it where one of two Secrets of a workload may not be read, and somebody else restarts', async () => {
    world.putSecret(token);
    world.kube.add('secrets', 'shop', secret('hidden', { token: token.reveal() }));
    world.now += 1_000;
    const of = (name: string): object => ({
      name: 'ELASTIC_APM_SECRET_TOKEN',
      valueFrom: { secretKeyRef: { name, key: 'token' } },
    });
    const containers = [
      { name: 'app', env: [of('apm-token')] },
      { name: 'sidecar', env: [of('hidden')] },
    ];
    world.kube.add('deployments', 'shop', workload('Deployment', 'web', { pod: { containers } }));
    world.kube.settle();
    const over = { secret: undefined, restart: 'none' } as const;
    expect(await look(over)).toMatchObject({ state: 'converged' });
    const rules = [
      { apiGroups: [''], resources: ['secrets'], resourceNames: ['apm-token'], verbs: ['get'] },
      { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get'] },
      { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
    ];
    await world.loginAs({ token: world.kube.login('narrow', [{ namespace: 'shop', rules }]) });
    expect(await look(over)).toEqual({ state: 'assumed' });
  });

  it('is pending where a selector finds nothing at all, and says so', async () => {
    world.kube.add('secrets', 'canary', secret('apm-token', { token: token.reveal() }));
    world.putSecret(token);
    const none = { selector: 'app=web', namespaces: ['shop', 'canary'] };
    expect(await look(none)).toEqual({
      state: 'pending',
      seen: 0,
      of: 0,
      other: 0,
      detail:
        '0 of 0 pods: the selector app=web matches no Deployment, StatefulSet or DaemonSet in shop, the selector app=web matches no Deployment, StatefulSet or DaemonSet in canary',
    });
    deployed();
    await deliver(none);
    world.kube.settle();
    expect(await look(none)).toEqual({ state: 'converged', seen: 3, of: 3 });
    world.kube.edit(
      'secrets',
      'canary',
      'apm-token',
      { data: { token: Buffer.from('before').toString('base64') } },
      'helm',
    );
    expect(detailOf(await look(none))).toBe(
      '3 of 3 pods: Secret canary/apm-token holds another token under token, written by helm',
    );
  });

  it('takes the annotation for a proof where Rotor may not read the Secret of somebody else', async () => {
    world.putSecret(token);
    deployed();
    await world.loginAs({
      token: world.kube.login('narrow', [
        {
          namespace: 'shop',
          rules: [
            { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get', 'patch'] },
            { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
          ],
        },
      ]),
    });
    const over = { secret: undefined };
    await deliver(over);
    expect(await look(over)).toMatchObject({ state: 'pending', seen: 0, of: 3 });
    world.kube.settle();
    expect(await look(over)).toEqual({ state: 'converged', seen: 3, of: 3 });
    expect(await look({ ...over, restart: 'none' })).toEqual({ state: 'assumed' });
  });

  it('adds up several namespaces and workloads, and misses one that is gone', async () => {
    deployed();
    world.kube.add('deployments', 'canary', workload('Deployment', 'web', { spec: { replicas: 1 } }));
    const over = { namespaces: ['shop', 'canary'] };
    await deliver(over);
    world.kube.settle();
    expect(await look(over)).toEqual({ state: 'converged', seen: 4, of: 4 });
    const more = {
      workloads: [
        { kind: 'deployment', name: 'web' },
        { kind: 'daemonset', name: 'log' },
      ],
    } as const;
    expect(await look(more)).toEqual({
      state: 'pending',
      seen: 3,
      of: 4,
      other: 0,
      detail: '3 of 4 pods: daemonset shop/log does not exist',
    });
  });

  it('reads every page of a long list of pods', async () => {
    deployed({ replicas: 600 });
    await deliver();
    world.kube.replacePods(
      WEB,
      Array.from({ length: 600 }, () => ({ [ANNOTATION]: token.fingerprint })),
    );
    expect(await look()).toEqual({ state: 'converged', seen: 600, of: 600 });
  });

  it('tells target_failed where it may not look', async () => {
    deployed();
    world.kube.faults.add({ operation: 'list pods', effect: { kind: 'status', status: 403 } });
    expect(await errorOf(look())).toMatchObject({
      code: 'target_failed',
      hint: expect.stringContaining('rbac.yaml'),
    });
  });
});

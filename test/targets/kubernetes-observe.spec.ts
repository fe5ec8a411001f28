import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { WorkloadPlace } from '../../src/sandbox/kubernetes/index.js';
import type { Observation } from '../../src/targets/target.js';
import { errorOf } from '../contracts/target.contract.js';
import { secret, workload } from '../kubernetes/objects.js';
import { ANNOTATION, detailOf, KubernetesWorld, WEB } from './kubernetes-world.js';

describe('a look at Kubernetes', () => {
  let world: KubernetesWorld;

  beforeEach(async () => {
    world = await KubernetesWorld.open();
  });
  afterEach(async () => world.close());

  it('is pending until the last pod runs with the token, and never sooner', async () => {
    world.deployed({ replicas: 8 });
    await world.deliver();
    const states: Observation[] = [await world.look()];
    while (world.kube.step()) states.push(await world.look());
    expect(states.slice(0, -1).map(({ state }) => state)).not.toContain('converged');
    expect(states.at(-1)).toEqual({ state: 'converged', seen: 8, of: 8 });
  });

  it('counts 18 of 20, and says which pods are not ready and why', async () => {
    world.deployed({ replicas: 20 });
    world.kube.trouble(WEB, { reason: 'CrashLoopBackOff', healthy: 18 });
    await world.deliver();
    world.kube.settle();
    const observation = await world.look();
    expect(observation).toMatchObject({ state: 'pending', seen: 18 });
    expect(detailOf(observation)).toMatch(
      /^18 of 2\d pods: .*shop\/web-\w+-\w+ is not ready \(CrashLoopBackOff\)/,
    );
  });

  it('is pending where the deadline of a rollout is over, since Kubernetes goes on with it, and converges when it does', async () => {
    world.deployed();
    world.kube.trouble(WEB, { reason: 'ImagePullBackOff', healthy: 1 });
    await world.deliver();
    world.kube.settle();
    expect(await world.look()).toMatchObject({ state: 'pending' });
    world.now += 601_000;
    world.kube.settle();
    const observation = await world.look();
    expect(observation).toMatchObject({ state: 'pending' });
    expect(detailOf(observation)).toContain(
      'deployment shop/web: its rollout is past its deadline (ProgressDeadlineExceeded)',
    );
    await world.deliver();
    expect(world.kube.find('deployments', 'shop', 'web')?.metadata.generation).toBe(2);
    world.kube.trouble(WEB, undefined);
    world.kube.settle();
    expect(await world.look()).toEqual({ state: 'converged', seen: 3, of: 3 });
  });

  it('is pending once GitOps has put the pod template back, and names who did', async () => {
    world.deployed();
    await world.deliver();
    world.kube.settle();
    expect(await world.look()).toMatchObject({ state: 'converged' });
    const back = { spec: { template: { metadata: { annotations: { [ANNOTATION]: 'deadbeef' } } } } };
    world.kube.edit('deployments', 'shop', 'web', back, 'argocd-controller');
    expect(detailOf(await world.look())).toContain(
      `deployment shop/web has another token in its annotation ${ANNOTATION}, by argocd-controller`,
    );
    world.kube.edit(
      'deployments',
      'shop',
      'web',
      { spec: { template: { metadata: { annotations: { [ANNOTATION]: null } } } } },
      'argocd-controller',
    );
    expect(detailOf(await world.look())).toContain(
      `deployment shop/web has lost its annotation ${ANNOTATION}`,
    );
    world.kube.settle();
    expect(await world.look()).toMatchObject({ state: 'pending', seen: 0, of: 3 });
  });

  it('is pending once somebody has put the Secret back, whatever the pods still run with', async () => {
    world.deployed();
    await world.deliver();
    world.kube.settle();
    world.putSecret('before', 'helm');
    expect(await world.look()).toEqual({
      state: 'pending',
      seen: 0,
      of: 3,
      other: 1,
      detail: '0 of 3 pods: Secret shop/apm-token holds another token under token, written by helm',
    });
  });

  it('counts a pod of the old template until it has ended', async () => {
    world.deployed({
      replicas: 2,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 2, maxUnavailable: 0 } },
    });
    await world.deliver();
    while (!world.kube.pods(WEB).some(({ metadata }) => metadata.deletionTimestamp !== undefined))
      world.kube.step();
    const observation = await world.look();
    expect(observation).toMatchObject({ state: 'pending', seen: 2, of: 4 });
    expect(detailOf(observation)).toMatch(/is about to end, and runs until it has/);
  });

  it('does not count pods that only have the labels', async () => {
    world.deployed();
    world.kube.add('pods', 'shop', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web-debug', labels: { app: 'web' } },
      status: { phase: 'Running' },
    });
    await world.deliver();
    world.kube.settle();
    expect(await world.look()).toEqual({ state: 'converged', seen: 3, of: 3 });
  });

  it.each([
    ['StatefulSet', 'statefulset', 'statefulsets'],
    ['DaemonSet', 'daemonset', 'daemonsets'],
  ] as const)('follows a %s pod by pod', async (kind, name, plural) => {
    world.kube.add(plural, 'shop', workload(kind, 'web'));
    world.kube.settle();
    const over = { workloads: [{ kind: name, name: 'web' }] };
    await world.deliver(over);
    const counts = new Set<number>();
    while (world.kube.step()) {
      const observation = await world.look(over);
      if ('seen' in observation) counts.add(observation.seen);
    }
    expect([...counts]).toEqual([0, 1, 2, 3]);
    expect(await world.look(over)).toEqual({ state: 'converged', seen: 3, of: 3 });
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
    await world.deliver(over);
    world.kube.evict(place, 'web-1');
    world.kube.settle();
    expect(await world.look(over)).toMatchObject({ state: 'pending', seen: 1, of: 3 });
    for (const pod of ['web-0', 'web-2']) world.kube.evict(place, pod);
    world.kube.settle();
    expect(await world.look(over)).toMatchObject({ state: 'converged' });
  });

  it('sees who was started after the Secret had the token, where somebody else restarts', async () => {
    world.kube.add('secrets', 'shop', secret('apm-token', { token: 'before' }));
    world.deployed();
    world.now += 1_000;
    const over = { restart: 'none' } as const;
    await world.deliver(over);
    world.kube.settle();
    expect(await world.look(over)).toMatchObject({ state: 'pending', seen: 0, of: 3 });
    world.now += 1_000;
    const restart = { spec: { template: { metadata: { annotations: { reloader: 'x' } } } } };
    world.kube.edit('deployments', 'shop', 'web', restart, 'reloader');
    world.kube.settle();
    expect(await world.look(over)).toEqual({ state: 'converged', seen: 3, of: 3 });
  });

  it('adds up several namespaces and workloads, and misses one that is gone', async () => {
    world.deployed();
    world.kube.add('deployments', 'canary', workload('Deployment', 'web', { spec: { replicas: 1 } }));
    const over = { namespaces: ['shop', 'canary'] };
    await world.deliver(over);
    world.kube.settle();
    expect(await world.look(over)).toEqual({ state: 'converged', seen: 4, of: 4 });
    const more = {
      workloads: [
        { kind: 'deployment', name: 'web' },
        { kind: 'daemonset', name: 'log' },
      ],
    } as const;
    expect(await world.look(more)).toEqual({
      state: 'pending',
      seen: 3,
      of: 4,
      other: 0,
      detail: '3 of 4 pods: daemonset shop/log does not exist',
    });
  });

  it('reads every page of a long list of pods', async () => {
    world.deployed({ replicas: 600 });
    await world.deliver();
    world.kube.replacePods(
      WEB,
      Array.from({ length: 600 }, () => ({ [ANNOTATION]: world.token.fingerprint })),
    );
    expect(await world.look()).toEqual({ state: 'converged', seen: 600, of: 600 });
  });

  it('tells target_failed where it may not look', async () => {
    world.deployed();
    world.kube.faults.add({ operation: 'list pods', effect: { kind: 'status', status: 403 } });
    expect(await errorOf(world.look())).toMatchObject({
      code: 'target_failed',
      hint: expect.stringContaining('rbac.yaml'),
    });
  });
});

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../src/sandbox/kubernetes/index.js';
import { cronJob, secret, workload } from '../kubernetes/objects.js';
import { ANNOTATION, detailOf, KubernetesWorld, WEB } from './kubernetes-world.js';

describe('who is behind in Kubernetes, and who cannot be looked at', () => {
  let world: KubernetesWorld;

  beforeEach(async () => {
    world = await KubernetesWorld.open();
  });
  afterEach(async () => world.close());

  const isOld = ({ metadata }: KubeObject): boolean => metadata.annotations?.[ANNOTATION] === undefined;

  it('tells pods that run with another token from those that are not ready with this one', async () => {
    world.deployed();
    await world.deliver();
    expect(await world.look()).toMatchObject({ state: 'pending', seen: 0, other: 3 });
    world.kube.trouble(WEB, { reason: 'CrashLoopBackOff', healthy: 2 });
    world.kube.settle();
    // The third of the old template serves until the last one is ready, which it never is.
    expect(await world.look()).toMatchObject({ state: 'pending', seen: 2, of: 4, other: 1 });
    for (const { metadata } of world.kube.pods(WEB).filter(isOld)) world.kube.evict(WEB, metadata.name);
    world.kube.settle();
    expect(await world.look()).toMatchObject({ state: 'pending', seen: 2, of: 3, other: 0 });
  });

  it('does not take a pod that ends for one that has to be restarted', async () => {
    world.deployed({ replicas: 1 });
    await world.deliver();
    while (!world.kube.pods(WEB).some(({ metadata }) => metadata.deletionTimestamp !== undefined))
      world.kube.step();
    expect(await world.look()).toMatchObject({ state: 'pending', other: 0 });
  });

  it('takes an ordinary release for none that is behind', async () => {
    world.deployed();
    await world.deliver();
    world.kube.settle();
    world.kube.trouble(WEB, { reason: 'ContainerCreating', healthy: 1 });
    const containers = [{ name: 'app', image: 'shop/app:2' }];
    world.kube.edit('deployments', 'shop', 'web', { spec: { template: { spec: { containers } } } }, 'ci');
    for (let steps = 0; steps < 6; steps += 1) world.kube.step();
    expect(await world.look()).toMatchObject({ state: 'pending', other: 0 });
  });

  it('takes a template that was put back, or another token in the Secret, for behind at once', async () => {
    world.deployed();
    await world.deliver();
    world.kube.settle();
    const back = { spec: { template: { metadata: { annotations: { [ANNOTATION]: null } } } } };
    world.kube.edit('deployments', 'shop', 'web', back, 'argocd-controller');
    expect(await world.look()).toMatchObject({ state: 'pending', seen: 3, other: 1 });
    world.putSecret('before', 'helm');
    const jobs = { workloads: [{ kind: 'cronjob', name: 'report' }] } as const;
    world.kube.add('cronjobs', 'shop', cronJob('report'));
    expect(await world.look(jobs)).toMatchObject({ state: 'pending', seen: 0, of: 0, other: 1 });
  });

  it('assumes it of a CronJob once the Secret has the token, and of nothing beside one that is seen', async () => {
    world.kube.add('cronjobs', 'shop', cronJob('report'));
    const jobs = { workloads: [{ kind: 'cronjob', name: 'report' }] } as const;
    expect(await world.look(jobs)).toMatchObject({
      state: 'pending',
      detail: '0 of 0 pods: Secret shop/apm-token does not exist',
    });
    await world.deliver(jobs);
    expect(await world.look(jobs)).toEqual({ state: 'assumed' });
    world.deployed();
    const both = { workloads: [...jobs.workloads, { kind: 'deployment', name: 'web' }] } as const;
    await world.deliver(both);
    world.kube.settle();
    expect(await world.look(both)).toEqual({ state: 'converged', seen: 3, of: 3 });
  });

  it('looks into the Secret that the pods read, where somebody else writes and restarts', async () => {
    world.putSecret('before');
    world.deployed();
    const over = { secret: undefined, restart: 'none' } as const;
    expect(detailOf(await world.look(over))).toContain('Secret shop/apm-token holds another token');
    world.putSecret(world.token);
    expect(await world.look(over)).toMatchObject({ state: 'pending', seen: 0, of: 3 });
    world.kube.edit(
      'deployments',
      'shop',
      'web',
      { spec: { template: { metadata: { annotations: { a: 'b' } } } } },
      'reloader',
    );
    world.kube.settle();
    expect(await world.look(over)).toMatchObject({ state: 'converged' });
  });

  it('only assumes it where nothing names a Secret and nobody restarts for Rotor', async () => {
    world.kube.add('deployments', 'shop', workload('Deployment', 'web', { pod: { env: [] } }));
    world.kube.settle();
    expect(await world.look({ secret: undefined, restart: 'none' })).toEqual({ state: 'assumed' });
  });

  it('is not green for a workload that nobody can look at, whatever is seen of another one', async () => {
    world.putSecret(world.token);
    world.now += 1_000;
    world.deployed();
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
    expect(await world.look(over)).toEqual({ state: 'assumed' });
  });

  it('only assumes it where one of two Secrets of a workload may not be read, and somebody else restarts', async () => {
    world.putSecret(world.token);
    world.kube.add('secrets', 'shop', secret('hidden', { token: world.token.reveal() }));
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
    expect(await world.look(over)).toMatchObject({ state: 'converged' });
    const rules = [
      { apiGroups: [''], resources: ['secrets'], resourceNames: ['apm-token'], verbs: ['get'] },
      { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get'] },
      { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
    ];
    await world.loginAs({ token: world.kube.login('narrow', [{ namespace: 'shop', rules }]) });
    expect(await world.look(over)).toEqual({ state: 'assumed' });
  });

  it('is pending where a selector finds nothing at all, and says so', async () => {
    world.kube.add('secrets', 'canary', secret('apm-token', { token: world.token.reveal() }));
    world.putSecret(world.token);
    const none = { selector: 'app=web', namespaces: ['shop', 'canary'] };
    expect(await world.look(none)).toEqual({
      state: 'pending',
      seen: 0,
      of: 0,
      other: 0,
      detail:
        '0 of 0 pods: the selector app=web matches no Deployment, StatefulSet or DaemonSet in shop, the selector app=web matches no Deployment, StatefulSet or DaemonSet in canary',
    });
    world.deployed();
    await world.deliver(none);
    world.kube.settle();
    expect(await world.look(none)).toEqual({ state: 'converged', seen: 3, of: 3 });
    world.kube.edit(
      'secrets',
      'canary',
      'apm-token',
      { data: { token: Buffer.from('before').toString('base64') } },
      'helm',
    );
    expect(detailOf(await world.look(none))).toBe(
      '3 of 3 pods: Secret canary/apm-token holds another token under token, written by helm',
    );
  });

  it('takes the annotation for a proof where Rotor may not read the Secret of somebody else', async () => {
    world.putSecret(world.token);
    world.deployed();
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
    await world.deliver(over);
    expect(await world.look(over)).toMatchObject({ state: 'pending', seen: 0, of: 3 });
    world.kube.settle();
    expect(await world.look(over)).toEqual({ state: 'converged', seen: 3, of: 3 });
    expect(await world.look({ ...over, restart: 'none' })).toEqual({ state: 'assumed' });
  });
});

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Grant } from '../../src/sandbox/kubernetes/index.js';
import type { Finding } from '../../src/targets/target.js';
import { errorOf } from '../contracts/target.contract.js';
import { cronJob, secret, SERVER_URL, workload } from '../kubernetes/objects.js';
import { KubernetesWorld, type Over } from './kubernetes-world.js';

type Rule = Grant['rules'][number];

describe('the preflight of a kubernetes target', () => {
  let world: KubernetesWorld;

  beforeEach(async () => {
    world = await KubernetesWorld.open();
  });
  afterEach(async () => world.close());

  const preflight = async (over: Over = {}): Promise<readonly Finding[]> => world.findings(over);
  const refusal = async (over: Over = {}): Promise<string> => {
    const error = await errorOf(preflight(over));
    expect(error).toMatchObject({ code: 'target_refused', retryable: false });
    return error.message;
  };
  const add = (over: Parameters<typeof workload>[2] = {}): void =>
    void world.kube.add('deployments', 'shop', workload('Deployment', 'web', over));
  const hold = (): void => world.putSecret('before', 'rotor/token');
  const as = async (rules: readonly Rule[]): Promise<void> =>
    world.loginAs({
      token: world.kube.login('system:serviceaccount:rotor:rotor', [{ namespace: 'shop', rules }]),
    });

  it('has nothing to say where nothing is wrong', async () => {
    hold();
    add();
    expect(await preflight()).toEqual([]);
  });

  it('refuses a workload that is not there, with context, kind, namespace and name', async () => {
    world.putSecret('before');
    expect(await refusal()).toBe('Target shop (context shop-eu): deployment shop/web does not exist.');
  });

  it('refuses a selector that finds nothing, and tells of a namespace in which it finds nothing', async () => {
    world.kube.add('secrets', 'canary', secret('apm-token', { token: 'before' }), 'rotor/token');
    hold();
    add();
    expect(await refusal({ selector: 'app=absent' })).toContain(
      'the selector app=absent matches no Deployment, StatefulSet or DaemonSet in shop.',
    );
    expect(await preflight({ selector: 'app=web', namespaces: ['shop', 'canary'] })).toEqual([
      'the selector app=web matches no Deployment, StatefulSet or DaemonSet in canary.',
    ]);
  });

  it('refuses a selector that the API server cannot read', async () => {
    expect(await refusal({ selector: 'app==,,=' })).toContain('400 BadRequest: unable to parse requirement');
  });

  it('tells of a Secret, or of a key of it, that the first delivery will make', async () => {
    world.kube.add('deployments', 'shop', workload('Deployment', 'web'));
    expect(await preflight()).toEqual([
      'Secret shop/apm-token does not exist yet: it will be made, with the key token.',
    ]);
    world.kube.add('secrets', 'shop', secret('apm-token', { tokn: 'x' }));
    expect(await preflight()).toEqual([
      'Secret shop/apm-token has no key token yet (it has tokn): it will be added.',
    ]);
  });

  it('refuses a paused Deployment, which would never take new pods', async () => {
    add({ spec: { paused: true } });
    const error = await errorOf(preflight());
    expect(error.message).toContain('deployment shop/web is paused, so that it would never take new pods');
    expect(error.hint).toContain('kubectl -n shop rollout resume deployment/web');
  });

  it('refuses an immutable Secret', async () => {
    add();
    world.kube.add('secrets', 'shop', secret('apm-token', { token: 'before' }, { immutable: true }));
    expect(await refusal()).toContain('Secret shop/apm-token is immutable');
  });

  it('refuses a namespace that is not there', async () => {
    expect(await refusal({ namespaces: ['gone'], restart: 'none' })).toContain('namespaces "gone" not found');
  });

  const named = (variable: object): object => ({ name: 'ELASTIC_APM_SECRET_TOKEN', ...variable });
  const ELSEWHERE = named({ valueFrom: { secretKeyRef: { name: 'other', key: 'k' } } });

  it.each([
    [
      'as a value',
      named({ value: 'x' }),
      'Container app of deployment shop/web has ELASTIC_APM_SECRET_TOKEN as a value in its pod template, and no delivery changes that.',
    ],
    [
      'from another Secret',
      ELSEWHERE,
      'Container app of deployment shop/web reads ELASTIC_APM_SECRET_TOKEN from key k of Secret other, and the token is delivered to key token of Secret apm-token.',
    ],
  ])(
    'refuses a workload that has the token %s, where a delivery would do nothing',
    async (_, variable, sentence) => {
      add({ pod: { env: [variable] } });
      expect(await refusal()).toContain(sentence);
    },
  );

  it('tells of one container of several that no delivery reaches', async () => {
    const containers = [
      {
        name: 'app',
        env: [named({ valueFrom: { secretKeyRef: { name: 'apm-token', key: 'token' } } }), SERVER_URL],
      },
      { name: 'sidecar', env: [ELSEWHERE, SERVER_URL] },
    ];
    hold();
    add({ pod: { containers } });
    expect((await preflight())[0]).toContain('Container sidecar of deployment shop/web reads');
  });

  it('names everything that is wrong, not the first alone', async () => {
    add({ spec: { paused: true } });
    const message = await refusal({
      workloads: [
        { kind: 'deployment', name: 'web' },
        { kind: 'daemonset', name: 'log' },
      ],
    });
    expect(message).toContain('deployment shop/web is paused');
    expect(message).toContain('daemonset shop/log does not exist');
  });

  it('refuses what it is not allowed to do, all of it in one sentence', async () => {
    add();
    await as([{ apiGroups: ['', 'apps'], resources: ['secrets', 'deployments'], verbs: ['get'] }]);
    expect(await refusal()).toContain(
      'Rotor may not patch secrets shop/apm-token, patch deployments shop/web, list pods shop/*.',
    );
  });

  it('asks to make a Secret only where there is none', async () => {
    add();
    const rules: Rule[] = [
      { apiGroups: [''], resources: ['secrets'], resourceNames: ['apm-token'], verbs: ['get', 'patch'] },
      { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get', 'patch'] },
      { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
    ];
    await as(rules);
    expect(await refusal()).toContain('Rotor may not create secrets shop/*.');
    world.kube.add('secrets', 'shop', secret('apm-token', { token: 'before' }));
    await expect(preflight()).resolves.toHaveLength(1);
  });

  it.each([
    ['Secret', 'patch secrets'],
    ['deployment', 'patch deployments'],
  ] as const)(
    'tries the write of the %s without keeping it, and refuses where the server would',
    async (_, operation) => {
      add();
      world.kube.add('secrets', 'shop', secret('apm-token', { token: 'before' }));
      world.kube.faults.add({ operation, effect: { kind: 'status', status: 403 } });
      expect(await refusal()).toContain(', on trial: the API server answered 403 Forbidden');
      const tried = world.kube.ledger.of('kubernetes.request').filter(({ verb }) => verb === 'patch');
      expect(tried.every(({ isDryRun }) => isDryRun)).toBe(true);
      expect(world.kube.find('deployments', 'shop', 'web')?.metadata.generation).toBe(1);
    },
  );

  it('may be tried again where the API server only fails', async () => {
    world.kube.faults.add({ operation: 'get deployments', effect: { kind: 'status', status: 503 } });
    add();
    expect(await errorOf(preflight())).toMatchObject({ code: 'target_refused', retryable: true });
  });

  it.each([
    [
      'a CronJob',
      'cronjobs',
      cronJob('report'),
      'cronjob',
      'cronjob shop/report is not restarted: its next job takes the token, and one that runs now goes on with the old one.',
    ],
    [
      'an OnDelete StatefulSet',
      'statefulsets',
      workload('StatefulSet', 'report', { spec: { updateStrategy: { type: 'OnDelete' } } }),
      'statefulset',
      'statefulset shop/report updates its pods OnDelete: each takes the token only when somebody deletes it.',
    ],
    [
      'an OnDelete DaemonSet',
      'daemonsets',
      workload('DaemonSet', 'report', { spec: { updateStrategy: { type: 'OnDelete' } } }),
      'daemonset',
      'daemonset shop/report updates its pods OnDelete: each takes the token only when somebody deletes it.',
    ],
    [
      'a partition',
      'statefulsets',
      workload('StatefulSet', 'report', {
        spec: { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } },
      }),
      'statefulset',
      'statefulset shop/report has a partition of 2: its pods below that number keep the old token.',
    ],
    [
      'no replicas',
      'deployments',
      workload('Deployment', 'report', { spec: { replicas: 0 } }),
      'deployment',
      'deployment shop/report has no replicas: nobody can be seen with the token.',
    ],
  ] as const)('tells of %s', async (_, plural, object, kind, sentence) => {
    hold();
    world.kube.add(plural, 'shop', object);
    expect(await preflight({ workloads: [{ kind, name: 'report' }] })).toEqual([sentence]);
  });

  it('tells what it could not see of a Secret that somebody else writes', async () => {
    add();
    await as([
      { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get', 'patch'] },
      { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
    ]);
    expect(await preflight({ secret: undefined })).toEqual([
      'Rotor may not get Secret shop/apm-token, so it cannot see whether it has the token before it restarts deployment shop/web.',
    ]);
    world.editApp({ env: [{ name: 'ELASTIC_APM_SECRET_TOKEN', $patch: 'delete' }] });
    expect((await preflight({ secret: undefined }))[0]).toContain(
      'no container names the Secret of the token',
    );
  });
});

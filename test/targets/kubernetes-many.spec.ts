import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { KubernetesApi } from '../../src/targets/kubernetes/api.js';
import { POD } from '../../src/targets/kubernetes/kinds.js';
import { podObject } from '../../src/targets/kubernetes/objects.js';
import type { Target } from '../../src/targets/target.js';
import { errorOf } from '../contracts/target.contract.js';
import { never } from '../fakes/never.js';
import { workload } from '../kubernetes/objects.js';
import { ANNOTATION, detailOf, KubernetesWorld } from './kubernetes-world.js';

const MANY = Array.from({ length: 24 }, (_, index) => `web-${index}`);
const refs = MANY.map((name) => ({ kind: 'deployment', name }) as const);

describe('many workloads of Kubernetes', () => {
  let world: KubernetesWorld;
  let all: Target;

  beforeEach(async () => {
    world = await KubernetesWorld.open();
    for (const name of MANY)
      world.kube.add('deployments', 'shop', workload('Deployment', name, { spec: { replicas: 1 } }));
    all = world.target({ workloads: refs });
    await all.deliver(world.token, never());
    world.kube.settle();
  });
  afterEach(async () => world.close());

  const asked = (): number[] =>
    ['deployments', 'secrets', 'pods'].map(
      (resource) =>
        world.kube.ledger.of('kubernetes.request').filter((one) => one.resource === resource).length,
    );
  const during = async (work: () => Promise<unknown>): Promise<number[]> => {
    const before = asked();
    await work();
    return asked().map((count, index) => count - (before[index] ?? 0));
  };
  const look = async () => all.observe(world.token.fingerprint, never());

  it('have their Secret and their pods read once for all of them', async () => {
    const counts = await during(async () =>
      expect(await look()).toEqual({ state: 'converged', seen: 24, of: 24 }),
    );
    expect(counts).toEqual([24, 1, 1]);
  });

  it('have the pods of each told apart', async () => {
    const [first = ''] = MANY;
    const web = { plural: 'deployments', namespace: 'shop', name: first } as const;
    world.kube.replacePods(web, [{ [ANNOTATION]: '00000000' }]);
    const seen = await look();
    expect(seen).toMatchObject({ state: 'pending', seen: 23, of: 24, other: 1 });
    expect(detailOf(seen)).toMatch(/shop\/web-0-\w+-\w+ has not been restarted/);
  });

  it('have no pods of each other, where one of another kind has the name of a Deployment', async () => {
    const [name = ''] = MANY;
    world.kube.add('statefulsets', 'shop', workload('StatefulSet', name, { spec: { replicas: 1 } }));
    const both = world.target({ workloads: [...refs, { kind: 'statefulset', name }] });
    await both.deliver(world.token, never());
    world.kube.settle();
    const seen = await both.observe(world.token.fingerprint, never());
    expect(seen).toEqual({ state: 'converged', seen: 25, of: 25 });
  });

  it('have the pods of each read by its selector where those of the namespace are on more pages', async () => {
    const crowd = workload('Deployment', 'crowd', { spec: { replicas: 100 } });
    world.kube.add('deployments', 'shop', crowd);
    world.kube.settle();
    const api = new KubernetesApi(world.cluster, never());
    const place = { kind: POD, namespace: 'shop' };
    expect(await api.listAtMost(1, place, '', podObject)).toBeUndefined();
    expect(await api.listAtMost(2, place, '', podObject)).toHaveLength(124);
  });

  it('have less read where several targets look at the same time', async () => {
    const targets = refs.map((one) => world.target({ workloads: [one] }));
    const states = async () =>
      Promise.all(targets.map(async (one) => (await one.observe(world.token.fingerprint, never())).state));
    const [deployments, secrets = 0] = await during(async () =>
      expect(await states()).toEqual(MANY.map(() => 'converged')),
    );
    expect(deployments).toBe(24);
    expect(secrets).toBeLessThan(24);
  });

  it('fail each by its name where what they have in common cannot be read', async () => {
    world.kube.faults.add({
      operation: 'list pods',
      effect: { kind: 'status', status: 403 },
      times: Infinity,
    });
    const targets = ['a', 'b'].map((name) => world.target({ name, workloads: refs }));
    const errors = await Promise.all(
      targets.map(async (one) => errorOf(one.observe(world.token.fingerprint, never()))),
    );
    expect(errors.map(({ message }) => message.slice(0, 9))).toEqual(['Target a ', 'Target b ']);
  });
});

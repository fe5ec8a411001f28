import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Secret } from '../../src/rotation/secret.js';
import { EVERYTHING } from '../../src/sandbox/kubernetes/index.js';
import type { Observation } from '../../src/targets/target.js';
import { newToken } from '../contracts/target.contract.js';
import { never } from '../fakes/never.js';
import { until } from '../fakes/until.js';
import { findKubectl, kubectlFor, type Kubectl } from '../kubernetes/kubectl.js';
import { workload } from '../kubernetes/objects.js';
import { ANNOTATION, KubernetesWorld, type Over, WEB } from './kubernetes-world.js';

/** kubectl's own words, which differ by the kind of workload. */
const DONE = /successfully rolled out|roll out complete/;

const program = await findKubectl();
if (program === undefined) console.warn('NO KUBECTL: WHETHER IT AGREES WITH WHAT ROTOR SEES IS NOT TESTED');

/** The same cluster, asked by Rotor and by kubectl. */
(program === undefined ? describe.skip : describe)('kubectl and Rotor', () => {
  let world: KubernetesWorld;
  let kubectl: Kubectl;
  let token: Secret;

  const open = async (stepMs?: number): Promise<void> => {
    world = await KubernetesWorld.open(stepMs === undefined ? {} : { stepMs });
    await world.loginAs({ token: world.kube.login('rotor', EVERYTHING) });
    const run = await kubectlFor(program ?? '', world.kubeconfig);
    kubectl = async (...args) => run('-n', 'shop', ...args);
    token = newToken();
  };
  beforeEach(async () => open());
  afterEach(async () => world.close());

  const look = async (over: Over = {}): Promise<Observation> => world.look(over, token);
  /** What `rollout status` says now, without waiting. */
  const status = async (name: string): Promise<string> =>
    (await kubectl('rollout', 'status', '--watch=false', name)).stdout.trim();

  it.each([
    ['Deployment', 'deployment', 'deployments'],
    ['StatefulSet', 'statefulset', 'statefulsets'],
    ['DaemonSet', 'daemonset', 'daemonsets'],
  ] as const)('agree in every step of the rollout of a %s', async (kind, word, plural) => {
    world.kube.add(
      plural,
      'shop',
      workload(kind, 'web', { spec: kind === 'DaemonSet' ? {} : { replicas: 2 } }),
    );
    world.kube.settle();
    const over = { workloads: [{ kind: word, name: 'web' }] };
    expect(await status(`${word}/web`)).toMatch(DONE);
    await world.target(over).deliver(token, never());
    do {
      const isDone = DONE.test(await status(`${word}/web`));
      const { state } = await look(over);
      // Rotor also waits for the pods that end: until then somebody sends with the old token.
      const isEnding = world.kube
        .pods({ ...WEB, plural })
        .some(({ metadata }) => metadata.deletionTimestamp !== undefined);
      expect(state).toBe(isDone && !isEnding ? 'converged' : 'pending');
    } while (world.kube.step());
    expect(await look(over)).toMatchObject({ state: 'converged' });
  });

  it('agree that the deadline of a rollout is over', async () => {
    world.kube.add('deployments', 'shop', workload('Deployment', 'web'));
    world.kube.settle();
    world.kube.trouble(WEB, { reason: 'CrashLoopBackOff', healthy: 0 });
    await world.target().deliver(token, never());
    world.kube.settle();
    world.now += 601_000;
    world.kube.settle();
    const told = await kubectl('rollout', 'status', 'deployment/web');
    expect(told.stderr).toContain('exceeded its progress deadline');
    expect(await look()).toMatchObject({
      state: 'pending',
      detail: expect.stringContaining('ProgressDeadlineExceeded'),
    });
  });

  it('see the same token in the Secret and on the pod template', async () => {
    world.kube.add('deployments', 'shop', workload('Deployment', 'web'));
    await world.target().deliver(token, never());
    const data = await kubectl('get', 'secret', 'apm-token', '-o', 'jsonpath={.data.token}');
    expect(Buffer.from(data.stdout, 'base64').toString()).toBe(token.reveal());
    const path = `jsonpath={.spec.template.metadata.annotations.${ANNOTATION.replaceAll('.', String.raw`\.`)}}`;
    expect((await kubectl('get', 'deployment', 'web', '-o', path)).stdout).toBe(token.fingerprint);
  });

  it('agree after somebody has restarted, patched and put back by hand', async () => {
    await world.close();
    await open(5);
    world.kube.add('deployments', 'shop', workload('Deployment', 'web'));
    await world.target().deliver(token, never());
    expect((await kubectl('rollout', 'restart', 'deployment/web')).code).toBe(0);
    expect((await kubectl('rollout', 'status', 'deployment/web')).stdout).toContain(
      'successfully rolled out',
    );
    await until('the last old pod has ended', async () => (await look()).state === 'converged');
    const back = JSON.stringify({ data: { token: Buffer.from('before').toString('base64') } });
    expect((await kubectl('patch', 'secret', 'apm-token', '-p', back)).code).toBe(0);
    expect(await look()).toMatchObject({
      state: 'pending',
      seen: 0,
      detail: '0 of 3 pods: Secret shop/apm-token holds another token under token, written by kubectl-patch',
    });
  });
});

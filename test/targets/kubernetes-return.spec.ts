import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Secret } from '../../src/rotation/secret.js';
import { errorOf, newToken } from '../contracts/target.contract.js';
import { readOnceOver } from '../../src/targets/kubernetes/second.js';
import { secret } from '../kubernetes/objects.js';
import { KubernetesWorld, type Over, WEB } from './kubernetes-world.js';

describe('a token that comes back to Kubernetes', () => {
  let world: KubernetesWorld;
  let first: Secret;
  let second: Secret;

  beforeEach(async () => {
    world = await KubernetesWorld.open();
    [first, second] = [newToken(), newToken()];
    world.deployed();
  });
  afterEach(async () => world.close());

  const later = (): void => void (world.now += 5_000);
  const look = async (over: Over = {}) => world.look(over, first);
  const deliver = async (token: Secret, over: Over = {}) => world.deliver(over, token);
  const withoutRestart = async (token: Secret, over: Over = {}): Promise<void> => {
    const broken = world.kube.faults.add({
      operation: 'patch deployments',
      effect: { kind: 'status', status: 500 },
      times: Infinity,
    });
    await errorOf(deliver(token, over));
    expect(broken.hits()).toBeGreaterThan(0);
    world.kube.faults.clear();
  };
  /** Nodes go away: each pod is made anew from the template, and reads what the Secret holds by then. */
  const replaced = (): void => {
    for (const { metadata } of world.kube.pods(WEB)) world.kube.evict(WEB, metadata.name);
    world.kube.settle();
  };
  /** When the template got its annotations. */
  const patchOf = () => {
    const entries = world.kube.find('deployments', 'shop', 'web')?.metadata.managedFields ?? [];
    const own = entries.find(({ manager }) => manager === 'rotor');
    return { time: Date.parse(own?.time ?? '') };
  };
  const generation = (): number | undefined =>
    world.kube.find('deployments', 'shop', 'web')?.metadata.generation;
  const edit = (data: Readonly<Record<string, string>>, manager: string): void => {
    const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
    world.kube.edit('secrets', 'shop', 'apm-token', { data: Object.fromEntries(encoded) as object }, manager);
  };

  it('restarts the pods that were made with the token between', async () => {
    await deliver(first);
    world.kube.settle();
    expect(await look()).toEqual({ state: 'converged', seen: 3, of: 3 });
    await withoutRestart(second);
    replaced();
    const before = generation();
    await deliver(first);
    expect(await look()).toMatchObject({ state: 'pending', seen: 0 });
    expect(generation()).toBe((before ?? 0) + 1);
    await deliver(first);
    expect(generation()).toBe((before ?? 0) + 1);
    world.kube.settle();
    expect(await look()).toEqual({ state: 'converged', seen: 3, of: 3 });
  });

  it.each([
    ['somebody else', 'kubectl-patch'],
    ['a Rotor that died before it restarted anybody', 'rotor/token'],
  ])('restarts them where %s has put both within one second, right after a delivery', async (_, manager) => {
    await deliver(first);
    world.kube.settle();
    edit({ token: second.reveal() }, manager);
    replaced();
    edit({ token: first.reveal() }, manager);
    expect(await look()).toMatchObject({ state: 'pending', seen: 0 });
    const before = generation();
    await deliver(first);
    expect(generation()).toBe((before ?? 0) + 1);
    world.kube.settle();
    expect(await look()).toEqual({ state: 'converged', seen: 3, of: 3 });
  });

  it.each([
    ['it writes itself', {}],
    ['somebody else writes', { secret: undefined }],
  ])('marks nobody for a Secret that %s before no other change can have its time', async (_, over) => {
    if ('secret' in over)
      world.kube.add('secrets', 'shop', secret('apm-token', { token: first.reveal() }), 'eso');
    const began = world.now;
    await deliver(first, over);
    const { time } = patchOf();
    expect(time).toBeGreaterThanOrEqual(began + 2_000);
  });

  it('does not wait for a change that is long over', async () => {
    await deliver(first);
    later();
    const began = world.now;
    await deliver(first);
    expect(world.now).toBe(began);
  });

  it('waits no longer than that where the API server does not say what time it is', async () => {
    let waited = 0;
    const pause = async (ms: number): Promise<void> => void (waited += ms);
    const changed = { at: '2026-10-06T09:00:00Z', isExact: true };
    expect(await readOnceOver({ time: undefined }, async () => ({ changed }), pause)).toEqual({ changed });
    expect(waited).toBe(3_000);
  });

  it('restarts them too where somebody else writes the Secret', async () => {
    const over = { secret: undefined };
    world.putSecret(first);
    await deliver(first, over);
    world.kube.settle();
    world.putSecret(second);
    await withoutRestart(second, over);
    replaced();
    world.putSecret(first);
    expect(await look(over)).toMatchObject({ state: 'pending', seen: 0 });
    await deliver(first, over);
    world.kube.settle();
    expect(await look(over)).toEqual({ state: 'converged', seen: 3, of: 3 });
  });

  it('is seen as pending where somebody has put another one in between, until it is delivered again', async () => {
    await deliver(first);
    world.kube.settle();
    later();
    edit({ token: second.reveal() }, 'kubectl-patch');
    replaced();
    later();
    edit({ token: first.reveal() }, 'kubectl-patch');
    const observation = await look();
    expect(observation).toMatchObject({ state: 'pending', seen: 0, of: 3 });
    expect('detail' in observation && observation.detail).toMatch(
      /shop\/web-\w+-\w+ was made before Secret shop\/apm-token changed/,
    );
    await deliver(first);
    world.kube.settle();
    expect(await look()).toEqual({ state: 'converged', seen: 3, of: 3 });
  });

  it('needs no delivery where all pods were made since', async () => {
    await deliver(first);
    world.kube.settle();
    later();
    edit({ token: second.reveal() }, 'kubectl-patch');
    edit({ token: first.reveal() }, 'kubectl-patch');
    later();
    replaced();
    expect(await look()).toEqual({ state: 'converged', seen: 3, of: 3 });
  });

  it('disturbs nobody when another key of the Secret changes, whoever writes that', async () => {
    const over = { secret: undefined };
    world.kube.add(
      'secrets',
      'shop',
      secret('apm-token', { token: first.reveal(), url: 'a' }),
      'external-secrets',
    );
    later();
    await deliver(first, over);
    world.kube.settle();
    later();
    edit({ url: 'b' }, 'external-secrets');
    expect(await look(over)).toEqual({ state: 'converged', seen: 3, of: 3 });
  });

  it('disturbs nobody when another target of Rotor writes its key, and restarts nothing again', async () => {
    await deliver(first);
    world.kube.settle();
    later();
    await deliver(second, { secret: { name: 'apm-token', key: 'second' }, restart: 'none' });
    expect(await look()).toEqual({ state: 'converged', seen: 3, of: 3 });
    const before = generation();
    await deliver(first);
    expect(generation()).toBe(before);
  });
});

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Secret } from '../../src/rotation/secret.js';
import { errorOf, everythingIn, newToken, targetContract } from '../contracts/target.contract.js';
import { never } from '../fakes/never.js';
import { until } from '../fakes/until.js';
import { cronJob, secret, workload } from '../kubernetes/objects.js';
import { ANNOTATION, kubernetesHarness, KubernetesWorld, type Over, WEB } from './kubernetes-world.js';

targetContract('kubernetes', kubernetesHarness);

/** What the API server takes as the name of an annotation, https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/#syntax-and-character-set */
const LABEL = '[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?';
const QUALIFIED = new RegExp(
  String.raw`^(?=.{1,253}/)${LABEL}(\.${LABEL})*/[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`,
);

describe('a delivery to Kubernetes', () => {
  let world: KubernetesWorld;
  let token: Secret;

  beforeEach(async () => {
    world = await KubernetesWorld.open();
    world.deployed();
    token = newToken();
  });
  afterEach(async () => world.close());

  const deliver = async (over: Over = {}): Promise<void> => world.target(over).deliver(token, never());
  const web = () => world.kube.find('deployments', 'shop', 'web');

  it('makes the Secret where there is none, and is told as the field manager of its key', async () => {
    await deliver();
    const made = world.kube.find('secrets', 'shop', 'apm-token');
    expect(made).toMatchObject({ type: 'Opaque', metadata: { managedFields: [{ manager: 'rotor/token' }] } });
    expect(world.held()).toBe(token.reveal());
  });

  it('leaves every other key of the Secret as it is, also one of another target', async () => {
    world.kube.add('secrets', 'shop', secret('apm-token', { token: 'before', url: 'https://apm' }));
    await deliver({ secret: { name: 'apm-token', key: 'second' }, restart: 'none' });
    await deliver();
    const { data } = world.kube.find('secrets', 'shop', 'apm-token') ?? {};
    expect(Object.keys(data ?? {}).toSorted()).toEqual(['second', 'token', 'url']);
  });

  it('starts one rollout for one token, however often it is delivered', async () => {
    await deliver();
    world.now += 60_000;
    await deliver();
    expect(web()?.metadata.generation).toBe(2);
    token = newToken();
    await deliver();
    expect(web()?.metadata.generation).toBe(3);
  });

  it.each([
    ['two rotations', 'orders'],
    ['two rotations of which one name is the other and a hyphen', 'shop-'],
    ['rotations of the longest name', 'o'.repeat(63)],
  ])('restarts a workload that %s have in common once for the token of each', async (_, other) => {
    const second = newToken();
    const [one, two] = [
      world.target(),
      world.target({ secret: { name: 'other-token', key: 'token' } }, other),
    ];
    await one.deliver(token, never());
    await two.deliver(second, never());
    await one.deliver(token, never());
    await two.deliver(second, never());
    expect(web()?.metadata.generation).toBe(3);
    world.kube.settle();
    expect(await one.observe(token.fingerprint, never())).toMatchObject({ state: 'converged' });
    expect(await two.observe(second.fingerprint, never())).toMatchObject({ state: 'converged' });
    const names = world.kube.pods(WEB).flatMap(({ metadata }) => Object.keys(metadata.annotations ?? {}));
    expect(names.filter((name) => !QUALIFIED.test(name))).toEqual([]);
  });

  it('goes on with every other workload where one fails, and names each that did', async () => {
    const names = ['api', 'jobs', 'mail', 'web'];
    for (const name of names.slice(0, 3)) world.kube.add('deployments', 'shop', workload('Deployment', name));
    world.kube.edit('deployments', 'shop', 'api', { spec: { paused: true } }, 'somebody');
    const workloads = [...names, 'absent'].map((name) => ({ kind: 'deployment', name }) as const);
    const error = await errorOf(deliver({ workloads }));
    expect(error.message).toBe(
      'Target shop (context shop-eu): 2 of 6 did not get through. deployment shop/api is paused, and takes no new pods. deployment shop/absent does not exist.',
    );
    expect(error).toMatchObject({ code: 'target_failed', retryable: true });
    const restarted = names.filter(
      (name) => world.kube.find('deployments', 'shop', name)?.metadata.generation === 2,
    );
    expect(restarted).toEqual(['api', 'jobs', 'mail', 'web']);
  });

  it('restarts nothing into the old token: not where the Secret could not be written', async () => {
    world.kube.faults.add({ operation: 'patch secrets', effect: { kind: 'status', status: 503 } });
    expect(await errorOf(deliver())).toMatchObject({ code: 'target_failed', retryable: true });
    expect(web()?.metadata.generation).toBe(1);
  });

  it('waits as long as the API server asks for', async () => {
    world.kube.faults.add({
      operation: 'patch secrets',
      effect: { kind: 'status', status: 429, retryAfter: '7' },
    });
    expect(await errorOf(deliver())).toMatchObject({ retryable: true, retryAfterMs: 7_000 });
  });

  it('is not tried again where the Secret is immutable, and shows no token', async () => {
    world.kube.add('secrets', 'shop', secret('apm-token', { token: 'before' }, { immutable: true }));
    const error = await errorOf(deliver());
    expect(error).toMatchObject({ code: 'target_failed', retryable: false });
    expect(error.message).toContain('Secret shop/apm-token: the API server answered 422 Invalid');
    expect(everythingIn(error)).not.toContain(token.reveal());
  });

  it('goes to every namespace, and one that is gone hides no other', async () => {
    world.kube.add('deployments', 'canary', workload('Deployment', 'web'));
    const error = await errorOf(deliver({ namespaces: ['gone', 'shop', 'canary'] }));
    expect(error.message).toContain(
      'Secret gone/apm-token: the API server answered 404 NotFound: namespaces "gone" not found',
    );
    expect(world.held()).toBe(token.reveal());
    expect(world.kube.find('secrets', 'canary', 'apm-token')).toBeDefined();
  });

  it('restarts what a selector finds, whatever its kind, and no CronJob', async () => {
    world.kube.add('statefulsets', 'shop', workload('StatefulSet', 'db'));
    world.kube.add('daemonsets', 'shop', workload('DaemonSet', 'log'));
    world.kube.add(
      'deployments',
      'shop',
      workload('Deployment', 'other', { metadata: { labels: { part: 'other' } } }),
    );
    world.kube.add('cronjobs', 'shop', cronJob('report'));
    await deliver({ selector: 'part=shop' });
    const generations = world.kube
      .everything()
      .filter(({ spec }) => spec?.['template'] ?? spec?.['jobTemplate'])
      .map(({ kind, metadata }) => [kind, metadata.name, metadata.generation]);
    expect(generations.filter(([kind]) => kind !== 'ReplicaSet')).toEqual([
      ['CronJob', 'report', 1],
      ['DaemonSet', 'log', 2],
      ['Deployment', 'other', 1],
      ['Deployment', 'web', 2],
      ['StatefulSet', 'db', 2],
    ]);
  });

  it('waits with the restart until the owner of the Secret has brought the token', async () => {
    world.putSecret('before');
    const delivery = deliver({ secret: undefined });
    const { ledger } = world.kube;
    const looks = () =>
      ledger.of('kubernetes.request').filter(({ resource }) => resource === 'secrets').length;
    await until('it looks at the Secret again', () => looks() > 2);
    expect(web()?.metadata.generation).toBe(1);
    world.putSecret(token);
    await delivery;
    expect(web()?.metadata.generation).toBe(2);
  });

  it('says who did not bring the token, where its time is over before', async () => {
    world.putSecret('before', 'external-secrets', {
      metadata: { labels: { 'reconcile.external-secrets.io/managed': 'true' } },
    });
    const over = new AbortController();
    const delivery = errorOf(world.target({ secret: undefined }).deliver(token, over.signal));
    const looks = () =>
      world.kube.ledger.of('kubernetes.request').filter(({ resource }) => resource === 'secrets').length;
    await until('it looks again', () => looks() > 1);
    over.abort();
    expect(await delivery).toMatchObject({
      code: 'target_failed',
      message:
        'Target shop (context shop-eu): deployment shop/web was not restarted, since Secret shop/apm-token still holds another token under token.',
      hint: 'See why an ExternalSecret does not bring the new one.',
    });
  });

  it('changes no workload where somebody else restarts them', async () => {
    await deliver({ restart: 'none' });
    expect(world.held()).toBe(token.reveal());
    expect(web()?.metadata.generation).toBe(1);
  });

  it('gets through where the answer to the making of the Secret was lost', async () => {
    world.kube.faults.add({ operation: 'create secrets', effect: { kind: 'reply-lost' } });
    expect(await errorOf(deliver())).toMatchObject({ code: 'target_failed', retryable: true });
    await deliver();
    expect(world.held()).toBe(token.reveal());
    expect(web()?.spec).toMatchObject({
      template: { metadata: { annotations: { [ANNOTATION]: token.fingerprint } } },
    });
  });

  it('leaves no connection behind', async () => {
    await deliver();
    await until('they are closed', () => world.kube.connections() === 0);
    expect(world.kube.pods(WEB)).toHaveLength(3);
  });
});

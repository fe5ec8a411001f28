import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Finding } from '../../src/targets/target.js';
import { newToken } from '../contracts/target.contract.js';
import { never } from '../fakes/never.js';
import { secret, workload } from '../kubernetes/objects.js';
import { KubernetesWorld } from './kubernetes-world.js';

describe('who else looks after what a kubernetes target writes', () => {
  let world: KubernetesWorld;

  beforeEach(async () => {
    world = await KubernetesWorld.open();
  });
  afterEach(async () => world.close());

  const preflight = async (): Promise<readonly Finding[]> => world.findings();
  const add = (over: Parameters<typeof workload>[2] = {}): void =>
    void world.kube.add('deployments', 'shop', workload('Deployment', 'web', over));

  it.each([
    ['Helm', { annotations: { 'meta.helm.sh/release-name': 'shop-release' } }, 'Helm release shop-release'],
    [
      'External Secrets, as owner',
      {
        ownerReferences: [
          { apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret', name: 'apm', uid: 'u' },
        ],
      },
      'ExternalSecret shop/apm',
    ],
    [
      'External Secrets, by label',
      { labels: { 'reconcile.external-secrets.io/created-by': 'x' } },
      'an ExternalSecret',
    ],
    [
      'Argo CD',
      { annotations: { 'argocd.argoproj.io/tracking-id': 'shop-app:/Secret:shop/apm-token' } },
      'Argo CD application shop-app',
    ],
    [
      'Argo CD, by label',
      { labels: { 'argocd.argoproj.io/instance': 'shop-app' } },
      'Argo CD application shop-app',
    ],
    ['Flux', { labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps' } }, 'Flux Kustomization apps'],
    [
      'Sealed Secrets',
      {
        ownerReferences: [
          { apiVersion: 'bitnami.com/v1alpha1', kind: 'SealedSecret', name: 'apm', uid: 'u' },
        ],
      },
      'SealedSecret shop/apm',
    ],
    ['another tool', { labels: { 'app.kubernetes.io/managed-by': 'pulumi' } }, 'pulumi'],
  ])('names who looks after a Secret before that puts it back: %s', async (_, metadata, owner) => {
    add();
    world.kube.add('secrets', 'shop', secret('apm-token', { token: 'before' }, { metadata }));
    expect(await preflight()).toEqual([
      `Secret shop/apm-token is managed by ${owner}: its next upgrade or reconciliation may put the old token back; let it read the token from the store of this rotation, or leave "secret" out of the target.`,
    ]);
  });

  it('names another field manager of the key, until Rotor has written it', async () => {
    add();
    world.putSecret('before', 'terraform');
    expect(await preflight()).toEqual([
      'The key token of Secret shop/apm-token was last written by the field manager terraform: whatever that is may write it again.',
    ]);
    await world.target().deliver(newToken(), never());
    expect(await preflight()).toEqual([]);
    world.putSecret('again', 'terraform');
    expect(await preflight()).toHaveLength(1);
  });

  it('names who looks after a workload', async () => {
    world.putSecret('before', 'rotor/token');
    add({ metadata: { annotations: { 'meta.helm.sh/release-name': 'web' } } });
    expect((await preflight())[0]).toContain('deployment shop/web is managed by Helm release web: ');
  });

  it('names who declares the key, also where it is declared as Rotor has written it', async () => {
    add();
    const token = newToken();
    await world.target().deliver(token, never());
    const declared = secret('apm-token', { token: token.reveal() });
    world.kube.apply('secrets', 'shop', 'apm-token', declared, 'kustomize-controller');
    expect((await preflight())[0]).toContain('last written by the field manager kustomize-controller');
  });
});

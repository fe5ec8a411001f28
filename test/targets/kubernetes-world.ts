import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHttpsAgent } from '../../src/http/agent.js';
import { createHttpClient } from '../../src/http/client.js';
import { Gates } from '../../src/http/gate.js';
import { Secret } from '../../src/rotation/secret.js';
import { createAuthority, type Authority } from '../../src/sandbox/certificates.js';
import {
  EVERYTHING,
  startKubernetes,
  type Grant,
  type Kubernetes,
} from '../../src/sandbox/kubernetes/index.js';
import { createTarget } from '../../src/targets/index.js';
import type { Cluster } from '../../src/targets/kubernetes/cluster.js';
import type { KubernetesTargetConfig } from '../../src/targets/kubernetes/config.js';
import type { Observation, Target } from '../../src/targets/target.js';
import { clustersOf } from '../../src/wiring/kubernetes.js';
import { newToken, type TargetHarness } from '../contracts/target.contract.js';
import { never } from '../fakes/never.js';
import { until } from '../fakes/until.js';
import { kubeconfigOf, secret, workload } from '../kubernetes/objects.js';

export const ANNOTATION = 'shop.rotor.dev/token-fingerprint';
export const WEB = { plural: 'deployments', namespace: 'shop', name: 'web' } as const;
const PODS = 3;

/** `secret: undefined`: somebody else writes it. */
export type Over = Omit<Partial<KubernetesTargetConfig>, 'secret'> & {
  readonly secret?: KubernetesTargetConfig['secret'] | undefined;
};

/** Made once: an authority costs more than all the rest of a world. */
let authority: Promise<Authority> | undefined;

/** A cluster of the sandbox, and the kubeconfig of a Rotor that delivers to it. */
export class KubernetesWorld {
  /** Of the cluster; its controllers go when they are told to. */
  now = Date.parse('2026-10-06T09:00:00Z');

  /** The one that is delivered and looked for, unless a test names another. */
  readonly token = newToken();

  #login = '';

  private constructor(
    readonly kube: Kubernetes,
    readonly folder: string,
    readonly env: Readonly<Record<string, string>>,
  ) {}

  static async open(
    options: { readonly grants?: readonly Grant[]; readonly stepMs?: number } = {},
  ): Promise<KubernetesWorld> {
    const clock = { now: (): number => 0 };
    const { stepMs } = options;
    const kube = await startKubernetes({
      authority: await (authority ??= createAuthority('kubernetes')),
      now: () => clock.now(),
      ...(stepMs !== undefined && { stepMs }),
    });
    const world = new KubernetesWorld(kube, await mkdtemp(join(tmpdir(), 'rotor-kube-')), {});
    clock.now = () => world.now;
    await world.loginAs({ token: kube.login('rotor', options.grants ?? EVERYTHING) });
    return world;
  }

  get kubeconfig(): string {
    return join(this.folder, 'kubeconfig');
  }

  async loginAs(user: object, cluster: object = {}): Promise<void> {
    this.#login = 'token' in user ? String(user.token) : '';
    await writeFile(this.kubeconfig, kubeconfigOf(this.kube, user, cluster), { mode: 0o600 });
  }

  config(over: Over = {}): KubernetesTargetConfig {
    const { selector, workloads = [{ kind: 'deployment', name: 'web' }], ...given } = over;
    const { secret: own, ...rest } = { secret: { name: 'apm-token', key: 'token' }, ...given };
    return {
      type: 'kubernetes',
      name: 'shop',
      kubeconfig: this.kubeconfig,
      namespaces: ['shop'],
      ...(selector === undefined ? { workloads } : { selector }),
      ...(own && { secret: own }),
      restart: 'rollout',
      readyTimeoutMs: 600_000,
      ...rest,
    };
  }

  /** Goes to the cluster with the token of the last log-in, past the kubeconfig: that takes seconds to load in a test. */
  target(over: Over = {}, rotation = 'shop'): Target {
    const { cluster } = this;
    return createTarget(this.config(over), { rotation, clusters: async () => cluster, ...this.#pace });
  }

  get cluster(): Cluster {
    const client = createHttpClient({
      baseUrl: this.kube.url,
      agent: createHttpsAgent({ caPem: this.kube.caPem, isOnlyAuthority: true }),
      authorization: { scheme: 'Bearer', credential: new Secret(this.#login) },
    });
    return { id: this, context: 'shop-eu', client: async () => client, renew: () => undefined };
  }

  /** As in production, by the kubeconfig. */
  targetOfKubeconfig(over: Over = {}): Target {
    const gates = new Gates({ circuit: () => undefined });
    return createTarget(this.config(over), {
      rotation: 'shop',
      clusters: clustersOf({ env: this.env, gates }),
      ...this.#pace,
    });
  }

  /** What Rotor waits for goes by on the clock of the cluster alone. */
  get #pace() {
    return { pollMs: 1, pause: async (ms: number) => void (this.now += ms) };
  }

  /** Writes what somebody else's Secret would be, in a second of its own. */
  putSecret(token: Secret | string, manager = 'external-secrets', over: object = {}): void {
    this.now += 1_000;
    const value = typeof token === 'string' ? token : token.reveal();
    const object = secret('apm-token', { token: value }, over);
    if (this.kube.find('secrets', 'shop', 'apm-token'))
      this.kube.edit('secrets', 'shop', 'apm-token', object, manager);
    else this.kube.add('secrets', 'shop', object, manager);
    this.now += 1_000;
  }

  held(): string | undefined {
    const encoded = this.kube.find('secrets', 'shop', 'apm-token')?.data?.['token'];
    return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString();
  }

  /** What the preflight tells of the target, each without its name, which all of them have to begin with. */
  async findings(over: Over = {}): Promise<readonly string[]> {
    const findings = await this.target(over).preflight(never());
    return findings.map((finding) => {
      if (finding.startsWith('Target shop: ')) return finding.slice('Target shop: '.length);
      throw new Error(`a finding does not name its target: ${finding}`);
    });
  }

  /** Deployment `web`, as it runs before Rotor comes. */
  deployed(spec: object = {}): void {
    this.kube.add('deployments', 'shop', workload('Deployment', 'web', { spec: { ...spec } }));
    this.kube.settle();
  }

  /** Somebody edits the container `app` of `web`. */
  editApp(container: object): void {
    const containers = [{ name: 'app', ...container }];
    this.kube.edit('deployments', 'shop', 'web', { spec: { template: { spec: { containers } } } }, 'x');
  }

  async deliver(over: Over = {}, token = this.token): Promise<void> {
    await this.target(over).deliver(token, never());
  }

  async look(over: Over = {}, token = this.token): Promise<Observation> {
    return this.target(over).observe(token.fingerprint, never());
  }

  async close(): Promise<void> {
    await this.kube.close();
    await rm(this.folder, { recursive: true });
  }
}

export function detailOf(observation: Observation): string {
  return 'detail' in observation ? (observation.detail ?? '') : '';
}

export async function kubernetesHarness(): Promise<TargetHarness> {
  const world = await KubernetesWorld.open();
  const { kube } = world;
  world.deployed();
  return {
    target: world.target(),
    instances: PODS,
    observable: true,
    held: async () => world.held(),
    world: async () => kube.everything(),
    runWith: async (running) =>
      kube.replacePods(
        WEB,
        running.map((fingerprint) => ({ [ANNOTATION]: fingerprint })),
      ),
    makeImpossible: async () =>
      void kube.edit('deployments', 'shop', 'web', { spec: { paused: true } }, 'somebody'),
    breakDelivery: async () =>
      void kube.faults.add({
        operation: 'patch deployments',
        effect: { kind: 'status', status: 500 },
        times: Infinity,
      }),
    repair: async () => kube.faults.clear(),
    hang: async (method) => {
      const operation = method === 'deliver' ? 'patch secrets' : 'list pods';
      const silence = kube.faults.add({ operation, effect: { kind: 'silence' } });
      return { waiting: async () => until(`${method} hangs`, () => silence.hits() > 0) };
    },
    close: async () => world.close(),
  };
}

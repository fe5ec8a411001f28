import { setTimeout as delay } from 'node:timers/promises';
import { RotorError } from '../../rotation/errors.js';
import type { Fingerprint, Secret } from '../../rotation/secret.js';
import { joined, type Problem } from '../problems.js';
import type { Finding, Known, Observation, Target } from '../target.js';
import { KubernetesApi } from './api.js';
import type { Cluster, Clusters } from './cluster.js';
import { CommonReads } from './common.js';
import type { KubernetesTargetConfig } from './config.js';
import { deliverAll } from './delivering.js';
import { problemOf, STOPPED, Trouble } from './errors.js';
import { rehearse } from './preflight.js';
import { observationOf, type Sight } from './observation.js';
import { lookAt, lookAtNone } from './sight.js';
import { workloadsIn } from './workloads.js';

export type KubernetesTargetDeps = {
  readonly rotation: string;
  readonly clusters: Clusters;
  /** Between two looks at a Secret that somebody else writes. */
  readonly pollMs?: number;
  /** How the time until the next look at one that has just changed goes by. Default: by itself. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
};

type Code = 'target_refused' | 'target_failed';
type Looking = { readonly api: KubernetesApi; readonly reads: CommonReads };
type Named = { readonly of?: number; readonly context?: string };

const POLL_MS = 5_000;
const GRACE_MS = 200;

/** A Secret in Kubernetes, and the workloads that have to start anew to read it. */
export function createKubernetesTarget(config: KubernetesTargetConfig, deps: KubernetesTargetDeps): Target {
  return new KubernetesTarget(config, deps);
}

class KubernetesTarget implements Target {
  constructor(
    private readonly config: KubernetesTargetConfig,
    private readonly deps: KubernetesTargetDeps,
  ) {}

  async preflight(signal: AbortSignal, known?: Known): Promise<readonly Finding[]> {
    return this.#within('target_refused', signal, async (api, { context }) => {
      const { rotation } = this.deps;
      const { problems, findings } = await rehearse(api, { ...this.config, ...known, rotation });
      if (problems.length > 0) throw this.#error('target_refused', problems, { context });
      return findings.map((finding) => `Target ${this.config.name}: ${finding}`);
    });
  }

  async deliver(token: Secret, signal: AbortSignal): Promise<void> {
    await this.#within('target_failed', signal, async (api, { context }) => {
      const { config, deps } = this;
      const { rotation, pollMs = POLL_MS, pause = asTimeGoes } = deps;
      const work = { api, config, rotation, token, signal, pollMs };
      const { of, problems } = await deliverAll({ ...work, pause: async (ms) => pause(ms, signal) });
      if (problems.length > 0) throw this.#error('target_failed', problems, { of, context });
    });
  }

  async observe(expected: Fingerprint, signal: AbortSignal): Promise<Observation> {
    return this.#within('target_failed', signal, async (api, cluster) => {
      const reads = new CommonReads(cluster, signal);
      const sights = await Promise.all(
        this.config.namespaces.map(async (namespace) =>
          this.#inNamespace({ api, reads }, namespace, expected),
        ),
      );
      return observationOf(sights.flat());
    });
  }

  async #inNamespace({ api, reads }: Looking, namespace: string, expected: Fingerprint): Promise<Sight[]> {
    const workloads = await workloadsIn(api, this.config, namespace);
    const asked = { ...this.config, rotation: this.deps.rotation, expected };
    if (workloads.length === 0) return [await lookAtNone(reads, namespace, asked)];
    return Promise.all(workloads.map(async (workload) => lookAt(reads, workload, asked)));
  }

  /** Gives up when the signal aborts, whatever still hangs, and says of every error which target it is. */
  async #within<T>(
    code: Code,
    signal: AbortSignal,
    work: (api: KubernetesApi, cluster: Cluster) => Promise<T>,
  ): Promise<T> {
    const stopped = this.#error('target_failed', [STOPPED]);
    if (signal.aborted) throw stopped;
    const { promise, reject } = Promise.withResolvers<never>();
    // Requests end by themselves, and can say what they were at; a command of the kubeconfig cannot.
    const stop = (): void => void setTimeout(() => reject(stopped), GRACE_MS).unref();
    signal.addEventListener('abort', stop);
    try {
      return await Promise.race([this.#connected(code, signal, work), promise]);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async #connected<T>(
    code: Code,
    signal: AbortSignal,
    work: (api: KubernetesApi, cluster: Cluster) => Promise<T>,
  ): Promise<T> {
    const { kubeconfig, context } = this.config;
    const where = {
      ...(kubeconfig !== undefined && { kubeconfig }),
      ...(context !== undefined && { context }),
    };
    let cluster: Cluster | undefined;
    try {
      cluster = await this.deps.clusters(where);
      return await work(new KubernetesApi(cluster, signal), cluster);
    } catch (error) {
      if (error instanceof RotorError && error.code.startsWith('target_')) throw error;
      throw this.#error(code, [problemOf('Kubernetes', error)], cluster ? { context: cluster.context } : {});
    }
  }

  #error(code: Code, problems: readonly Problem[], { of, context }: Named = {}): RotorError {
    const where = `Target ${this.config.name}${context === undefined ? '' : ` (context ${context})`}`;
    return joined(code, where, problems, of);
  }
}

async function asTimeGoes(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {
    throw new Trouble(STOPPED);
  });
}

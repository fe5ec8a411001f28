import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import type { Agent } from 'node:https';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createHttpsAgent } from '../http/agent.js';
import { createHttpClient, type HttpClient } from '../http/client.js';
import type { ClusterName, Clusters } from '../targets/kubernetes/cluster.js';
import { openKubeconfig, type Access, type Credentials } from '../targets/kubernetes/kubeconfig.js';
import type { Surroundings } from './clients.js';

type Opened = { readonly access: Promise<Access>; readonly stamp: string };

/** One for the whole process: a kubeconfig's command runs when its credential ends, and not with every look. */
const pools = new WeakMap<Surroundings['env'], Pool>();

export function clustersOf(surroundings: Surroundings): Clusters {
  const pool = pools.get(surroundings.env) ?? new Pool(surroundings);
  pools.set(surroundings.env, pool);
  return async (name) => {
    const { context } = await pool.access(name);
    return {
      context,
      client: async () => pool.client(name),
      renew: () => pool.forget(name),
    };
  };
}

class Pool {
  readonly #opened = new Map<string, Opened>();
  /** By what they were made of: beside the authority, each keeps the TLS session of its server. */
  readonly #agents = new Map<string, Agent>();

  constructor(private readonly surroundings: Surroundings) {}

  /** Read again when a file of it changes: a renewed kubeconfig needs no restart. */
  async access(name: ClusterName): Promise<Access> {
    const stamp = await this.#stampOf(name);
    const known = this.#opened.get(keyOf(name));
    if (known?.stamp === stamp) return known.access;
    const opened = { access: openKubeconfig(name), stamp };
    this.#opened.set(keyOf(name), opened);
    try {
      return await opened.access;
    } catch (error) {
      this.forget(name);
      throw error;
    }
  }

  forget(name: ClusterName): void {
    this.#opened.delete(keyOf(name));
  }

  async client(name: ClusterName): Promise<HttpClient> {
    const access = await this.access(name);
    const credentials = await access.credentials();
    const { authorization, headers } = credentials;
    return createHttpClient({
      baseUrl: access.server,
      agent: this.#agent(access, credentials),
      gate: this.surroundings.gates.of(access.server),
      headers,
      ...(authorization && { authorization }),
    });
  }

  #agent({ servername, proxyUrl }: Access, { caPem, clientCertificate }: Credentials): Agent {
    const made = JSON.stringify([caPem, clientCertificate, servername, proxyUrl]);
    const key = createHash('sha256').update(made).digest('hex');
    const { env } = this.surroundings;
    const agent =
      this.#agents.get(key) ??
      createHttpsAgent({
        // A context's own proxy goes before that of the environment, as with kubectl.
        proxyEnv: proxyUrl === undefined ? env : { HTTPS_PROXY: proxyUrl },
        ...(caPem !== undefined && { caPem, isOnlyAuthority: true }),
        ...(clientCertificate && { clientCertificate }),
        ...(servername !== undefined && { servername }),
      });
    this.#agents.set(key, agent);
    return agent;
  }

  async #stampOf({ kubeconfig }: ClusterName): Promise<string> {
    const named = kubeconfig ?? this.surroundings.env['KUBECONFIG'] ?? join(homedir(), '.kube', 'config');
    const stats = await Promise.all(named.split(delimiter).map(async (file) => stat(file).catch(() => undefined)));
    return JSON.stringify(stats.map((found) => found && [found.mtimeMs, found.size, found.ino]));
  } // prettier-ignore
}

function keyOf({ kubeconfig, context }: ClusterName): string {
  return JSON.stringify([kubeconfig, context]);
}

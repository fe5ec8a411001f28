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

type Opened = {
  readonly access: Promise<Access>;
  readonly stamp: string;
  /** Under way: who asks meanwhile gets the same, so that its command runs once. */
  asking?: Promise<Credentials> | undefined;
};

/** A client certificate that is renewed every hour makes another; those used last are kept. */
const MOST_AGENTS = 200;

/** One for the whole process: a kubeconfig's command runs when its credential ends, and not with every look. */
const pools = new WeakMap<Surroundings['env'], Pool>();

export function clustersOf(surroundings: Surroundings): Clusters {
  const pool = pools.get(surroundings.env) ?? new Pool(surroundings);
  pools.set(surroundings.env, pool);
  return async (name) => {
    const access = await pool.access(name);
    return {
      id: access,
      context: access.context,
      client: async () => pool.client(name),
      renew: (refused) => pool.renew(name, refused),
    };
  };
}

class Pool {
  readonly #opened = new Map<string, Opened>();
  /** By what they were made of: beside the authority, each keeps the TLS session of its server. */
  readonly #agents = new Map<string, Agent>();

  /** By which opening a client has come to its credential. */
  readonly #origins = new WeakMap<HttpClient, Opened>();

  constructor(private readonly surroundings: Surroundings) {}

  /** Read again when a file of it changes: a renewed kubeconfig needs no restart. */
  async access(name: ClusterName): Promise<Access> {
    return (await this.#open(name)).access;
  }

  /** Of many that are refused at the same time the first has it opened anew. */
  renew(name: ClusterName, refused: HttpClient): void {
    this.#forget(name, this.#origins.get(refused));
  }

  async client(name: ClusterName): Promise<HttpClient> {
    const opened = await this.#open(name);
    const access = await opened.access;
    opened.asking ??= access.credentials().finally(() => {
      opened.asking = undefined;
    });
    const credentials = await opened.asking;
    const { authorization, headers } = credentials;
    const client = createHttpClient({
      baseUrl: access.server,
      agent: this.#agent(access, credentials),
      gate: this.surroundings.gates.of(access.server),
      headers,
      ...(authorization && { authorization }),
    });
    this.#origins.set(client, opened);
    return client;
  }

  async #open(name: ClusterName): Promise<Opened> {
    const stamp = await this.#stampOf(name);
    const known = this.#opened.get(keyOf(name));
    if (known?.stamp === stamp) return known;
    const opened: Opened = { access: openKubeconfig(name), stamp };
    this.#opened.set(keyOf(name), opened);
    try {
      await opened.access;
      return opened;
    } catch (error) {
      this.#forget(name, opened);
      throw error;
    }
  }

  #forget(name: ClusterName, opened: Opened | undefined): void {
    if (this.#opened.get(keyOf(name)) === opened) this.#opened.delete(keyOf(name));
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
    this.#agents.delete(key);
    this.#agents.set(key, agent);
    const [oldest] = this.#agents.keys();
    // Its requests go on: each has a connection of its own.
    if (this.#agents.size > MOST_AGENTS && oldest !== undefined) this.#agents.delete(oldest);
    return agent;
  }

  async #stampOf({ kubeconfig }: ClusterName): Promise<string> {
    const named = kubeconfig ?? this.surroundings.env['KUBECONFIG'] ?? join(homedir(), '.kube', 'config');
    const stats = await Promise.all(
      named.split(delimiter).map(async (file) => stat(file).catch(() => undefined)),
    );
    return JSON.stringify(stats.map((found) => found && [found.mtimeMs, found.size, found.ino]));
  }
}

function keyOf({ kubeconfig, context }: ClusterName): string {
  return JSON.stringify([kubeconfig, context]);
}

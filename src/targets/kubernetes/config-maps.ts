import { OF_AGENTS } from './agent-settings.js';
import { ApiRefusal, type KubernetesApi } from './api.js';
import type { ConfigMaps } from './consumers.js';
import { CONFIG_MAP } from './kinds.js';
import { configMapObject, type PodTemplate } from './objects.js';
import { mayRead } from './permissions.js';

type Data = Readonly<Record<string, string>> | 'absent';

/** What the containers of one namespace have from ConfigMaps: each is read once, for however many workloads. */
export class ConfigMapReader {
  readonly #read = new Map<string, Promise<Data | undefined>>();

  constructor(
    private readonly api: KubernetesApi,
    private readonly namespace: string,
  ) {}

  /** Those from which an agent of the template may have its settings; `unread`: and which Rotor may not read. */
  async of(
    template: PodTemplate,
  ): Promise<{ readonly configMaps: ConfigMaps; readonly unread: readonly string[] }> {
    const found = await Promise.all(
      namesIn(template).map(async (name) => ({ name, data: await this.#once(name) })),
    );
    return {
      configMaps: new Map(
        found.flatMap(({ name, data }) => (data === undefined ? [] : [[name, data] as const])),
      ),
      unread: found.filter(({ data }) => data === undefined).map(({ name }) => name),
    };
  }

  async #once(name: string): Promise<Data | undefined> {
    const known = this.#read.get(name) ?? this.#get(name);
    this.#read.set(name, known);
    return known;
  }

  async #get(name: string): Promise<Data | undefined> {
    const { api, namespace } = this;
    try {
      // Asked first, so that a denial is no entry in the audit log of the cluster.
      if (!(await mayRead(api, namespace, name))) return undefined;
      const found = await api.get({ kind: CONFIG_MAP, namespace, name }, configMapObject);
      return found ? (found.data ?? {}) : 'absent';
    } catch (error) {
      if (error instanceof ApiRefusal && error.status === 403) return undefined;
      throw error;
    }
  }
}

/** Whole ones, of which only their keys tell what they are for, and those that a variable of an agent names. */
function namesIn({ spec }: PodTemplate): readonly string[] {
  const names = (spec?.containers ?? []).flatMap(({ env, envFrom }) => [
    ...(envFrom ?? []).flatMap(({ configMapRef }) => configMapRef?.name ?? []),
    ...(env ?? []).flatMap(({ name, valueFrom }) =>
      OF_AGENTS.test(name) ? (valueFrom?.configMapKeyRef?.name ?? []) : [],
    ),
  ]);
  return [...new Set(names)];
}

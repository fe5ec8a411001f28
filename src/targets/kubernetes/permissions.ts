import pLimit from 'p-limit';
import type { Problem } from '../problems.js';
import type { Asked, KubernetesApi } from './api.js';
import type { KubernetesTargetConfig } from './config.js';
import { GRANT } from './errors.js';
import { CONFIG_MAP, kinds, POD, SECRET, SELECTED } from './kinds.js';

const AT_ONCE = 5;

/** What deliveries and looks of this target need, in one namespace. */
export function permissionsOf(config: KubernetesTargetConfig, namespace: string): Asked[] {
  const { secret, selector, workloads = [], restart } = config;
  const verbs = restart === 'rollout' ? ['get', 'patch'] : ['get'];
  const onSecret = ['get', 'patch'].map((verb) => ({
    verb,
    kind: SECRET,
    namespace,
    name: secret?.name ?? '',
  }));
  const named = workloads.flatMap(({ kind, name }) =>
    // A CronJob is read and left as it is.
    (kind === 'cronjob' ? ['get'] : verbs).map((verb) => ({ verb, kind: kinds[kind], namespace, name })),
  );
  const found = SELECTED.flatMap((kind) =>
    [...verbs, 'list'].map((verb) => ({ verb, kind: kinds[kind], namespace })),
  );
  return [
    ...(secret ? onSecret : []),
    ...(selector === undefined ? named : found),
    { verb: 'list', kind: POD, namespace },
  ];
}

/** Without it a delivery works as well, and the preflight sees less of the agents. */
export async function mayRead(api: KubernetesApi, namespace: string, configMap: string): Promise<boolean> {
  return api.mayI({ verb: 'get', kind: CONFIG_MAP, namespace, name: configMap });
}

/** One sentence for all that is denied. */
export async function denied(api: KubernetesApi, asked: readonly Asked[]): Promise<Problem[]> {
  const answers = await pLimit(AT_ONCE).map(asked, async (one) => ({ one, may: await api.mayI(one) }));
  const refused = answers.filter(({ may }) => !may).map(({ one }) => textOf(one));
  if (refused.length === 0) return [];
  return [
    {
      what: `Rotor may not ${refused.join(', ')}`,
      hint: GRANT,
      retryable: false,
    },
  ];
}

function textOf({ verb, kind, namespace, name }: Asked): string {
  return `${verb} ${kind.plural} ${namespace}/${name ?? '*'}`;
}

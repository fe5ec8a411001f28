import { z } from 'zod';
import { absolutePath, duration, httpsUrl, text } from '../../config/fields.js';
import { phrase } from '../../config/phrase.js';
import { deliveryFields, deliveryTerms, targetName, type DeliveryTerms } from '../../config/target-fields.js';
import type { CheckedAgent } from '../agent-checks.js';
import { agentField } from '../agent-field.js';
import { AGENTS, type AgentKind } from '../agents.js';
import { kindNames, type KindName } from './kinds.js';
import { unreadablePart } from './label-selector.js';

export type WorkloadRef = { readonly kind: KindName; readonly name: string };

export type KubernetesTargetConfig = DeliveryTerms & {
  readonly type: 'kubernetes';
  readonly name: string;
  readonly context?: string;
  /** Absent: where kubectl looks, else the service account of the pod. */
  readonly kubeconfig?: string;
  readonly namespaces: readonly string[];
  /** Either these, in each of the namespaces, or those that the selector finds there. */
  readonly workloads?: readonly WorkloadRef[];
  readonly selector?: string;
  /** Absent: somebody else writes the Secret. */
  readonly secret?: { readonly name: string; readonly key: string };
  /** `none`: somebody else restarts the workloads when the Secret changes. */
  readonly restart: 'rollout' | 'none';
  /** Absent: an agent of Elastic APM, or an OpenTelemetry SDK, by its variables. */
  readonly agent?: WorkloadAgent;
  readonly serverUrl?: string;
  readonly readyTimeoutMs: number;
};

type WorkloadAgent = Exclude<CheckedAgent, 'android' | 'ios' | 'rum'>;

/** Apps on phones run in no cluster, and what runs in a browser has no token. */
const WORKLOAD_AGENTS = (['any', ...(Object.keys(AGENTS) as AgentKind[])] as const).filter(
  (kind): kind is WorkloadAgent => kind !== 'android' && kind !== 'ios' && kind !== 'rum',
);

const NAME = '[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?';
const WORKLOAD = new RegExp(`^(${kindNames.join('|')})/(${NAME})$`);
const WORKLOAD_EXPECTED = `a kind and a name, such as deployment/checkout; the kinds are: ${kindNames.join(', ')}`;

const SELECTOR_EXPECTED = 'a label selector, such as "app=checkout,tier in (web, api)"';

const namespace = text('Namespace of the workloads and of the Secret.', {
  pattern: /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
  expected: 'the name of a namespace: small letters, digits and hyphens',
});

const workload = text('A workload that must pick the token up.', {
  pattern: WORKLOAD,
  expected: WORKLOAD_EXPECTED,
});

const declared = z
  .strictObject({
    type: z.literal('kubernetes').describe('A Secret in Kubernetes, and the workloads that read it.'),
    name: targetName('the name of its first workload, or its first namespace').exactOptional(),
    context: text('Context of the kubeconfig. Default: its current one.').exactOptional(),
    kubeconfig: absolutePath(
      'Default: KUBECONFIG, else ~/.kube/config, else the service account of the pod that Rotor runs in.',
    ).exactOptional(),
    namespace: namespace.exactOptional(),
    namespaces: z
      .array(namespace, { error: 'a list of namespaces' })
      .min(1, { error: 'a list of namespaces' })
      .describe('Several, in place of `namespace`: the same Secret and workloads in each.')
      .exactOptional(),
    workload: z
      .union([workload, z.array(workload).min(1)], { error: WORKLOAD_EXPECTED })
      .describe('The workloads, one or a list: kind/name.')
      .exactOptional(),
    selector: text(
      'A label selector, in place of `workload`: the Deployments, StatefulSets and DaemonSets that it matches.',
    )
      .refine((selector) => unreadablePart(selector) === undefined, {
        error: ({ input }) =>
          phrase(SELECTOR_EXPECTED, [
            `Kubernetes could not read this part of it: "${unreadablePart(String(input))}".`,
          ]),
      })
      .exactOptional(),
    secret: z
      .strictObject({
        name: text('Name of the Secret; it is made where it does not exist.', {
          pattern: new RegExp(`^${NAME}$`),
          expected: 'the name of a Secret: small letters, digits, dots and hyphens',
        }),
        key: text('Key of the token in it; other keys stay as they are.', {
          pattern: /^[-._a-zA-Z0-9]{1,253}$/,
          expected: 'a key of a Secret: letters, digits, dots, hyphens and underscores',
        }),
      })
      .describe(
        'Where the token goes. Default: nowhere, since External Secrets or somebody else writes the Secret.',
      )
      .exactOptional(),
    restart: z
      .enum(['rollout', 'none'])
      .meta({
        description:
          'rollout: Rotor restarts the workloads; none: somebody else does, such as Reloader, and Rotor only looks.',
        default: 'rollout',
      })
      .prefault('rollout'),
    agent: agentField(
      WORKLOAD_AGENTS,
      'Who runs in the containers, so that what this agent would not use, or would give away, is refused.',
    )
      .meta({ default: 'any' })
      .exactOptional(),
    serverUrl: httpsUrl(
      'Where the agents send to, if their pod template does not say so; without either the delivery is refused.',
    ).exactOptional(),
    ...deliveryFields,
    ready: z
      .strictObject({
        timeout: duration(
          'How long the pods may go on with the old token before the delivery counts as failed.',
        ).prefault('10m'),
      })
      .describe('When the delivery counts as done.')
      .prefault({}),
  })
  .refine((target) => (target.namespace === undefined) !== (target.namespaces === undefined), {
    error: phrase('either namespace or namespaces', [
      'A namespace is never guessed: the default one of a context is easily another one.',
    ]),
  })
  .refine((target) => (target.workload === undefined) !== (target.selector === undefined), {
    error: phrase('either workload or selector', [
      'Without them nothing would be seen of who runs with the token.',
    ]),
  });

/** A target of type `kubernetes`, as it stands in rotor.yaml; its output has its defaults and milliseconds. */
export const kubernetesTargetConfig = declared.transform((given): KubernetesTargetConfig => {
  const {
    wave,
    timeout,
    deadline,
    retries,
    ready,
    namespace: one,
    namespaces,
    workload: named,
    ...rest
  } = given;
  const { name, selector, type, ...others } = rest;
  const all = namespaces ?? (one === undefined ? [] : [one]);
  const workloads = named === undefined ? undefined : [named].flat().map(refOf);
  return {
    type,
    ...deliveryTerms({ wave, timeout, deadline, retries }),
    ...others,
    name: name ?? (workloads?.[0]?.name ?? all[0] ?? type).slice(0, 63),
    namespaces: [...new Set(all)],
    ...(workloads && { workloads }),
    ...(selector !== undefined && { selector }),
    readyTimeoutMs: ready.timeout,
  };
});

function refOf(ref: string): WorkloadRef {
  const [kind = '', name = ''] = ref.split('/');
  return { kind: kind as KindName, name };
}

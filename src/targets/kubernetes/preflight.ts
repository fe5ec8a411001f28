import type { Problem } from '../problems.js';
import type { Finding, Known } from '../target.js';
import { checkAgents } from './agent-settings.js';
import type { KubernetesApi, Place } from './api.js';
import type { KubernetesTargetConfig } from './config.js';
import { ConfigMapReader } from './config-maps.js';
import { astrayIn, tokenKeysOf } from './consumers.js';
import { nameOf, problemOf, Trouble } from './errors.js';
import { SECRET } from './kinds.js';
import { marksOnTrial } from './marks.js';
import { templateOf, type SecretObject, type WorkloadObject } from './objects.js';
import { findingsOnSecret, findingsOnWorkload } from './owners.js';
import { denied, permissionsOf } from './permissions.js';
import { placeOf, readSecret, rehearseWrite } from './secrets.js';
import {
  assertPresent,
  isRestarted,
  nothingFound,
  restartPatch,
  workloadsIn,
  type Workload,
} from './workloads.js';

export type Report = { readonly problems: readonly Problem[]; readonly findings: readonly Finding[] };

type Rehearsed = KubernetesTargetConfig & Partial<Known> & { readonly rotation: string };

const NOTHING: Report = { problems: [], findings: [] };

/** Whether a delivery could work, with every write of it on trial; one namespace hides no other. */
export async function rehearse(api: KubernetesApi, config: Rehearsed): Promise<Report> {
  const reports = await Promise.all(
    config.namespaces.map(async (namespace) => ({
      namespace,
      ...(await inNamespace(api, config, namespace)),
    })),
  );
  return merged([...reports, unmatched(config.selector, reports)]);
}

/** Where the selector matches nothing; a problem where that is everywhere. */
function unmatched(
  selector: string | undefined,
  reports: readonly (NamespaceReport & { readonly namespace: string })[],
): Report {
  const empty = reports.filter(({ found }) => found === 0).map(({ namespace }) => namespace);
  if (selector === undefined || empty.length === 0) return NOTHING;
  const what = nothingFound(selector, empty);
  if (empty.length < reports.length) return { problems: [], findings: [`${what}.`] };
  return problem(what, 'Correct the selector or the namespace.');
}

type NamespaceReport = Report & { readonly found?: number };

async function inNamespace(
  api: KubernetesApi,
  config: Rehearsed,
  namespace: string,
): Promise<NamespaceReport> {
  const refused = await denied(api, permissionsOf(config, namespace));
  // What may not be read cannot be looked at: one sentence says it all.
  if (refused.length > 0) return { problems: refused, findings: [] };
  const workloads = await workloadsIn(api, config, namespace);
  const configMaps = new ConfigMapReader(api, namespace);
  const reports = await Promise.all([
    onSecret(api, config, namespace),
    ...workloads.map(async (workload) =>
      guarded(workload, async () => onWorkload(api, config, workload, configMaps)),
    ),
  ]);
  return { ...merged(reports), found: workloads.length };
}

async function onSecret(
  api: KubernetesApi,
  { secret }: KubernetesTargetConfig,
  namespace: string,
): Promise<Report> {
  if (!secret) return NOTHING;
  const place = placeOf(namespace, secret);
  const found = await readSecret(api, place);
  if (found?.immutable === true)
    return problem(
      `${nameOf(place)} is immutable, so that no token can be written to it`,
      'Delete it, and let Rotor or its owner make another one.',
    );
  const mayCreate = found ? [] : await denied(api, [{ verb: 'create', kind: SECRET, namespace }]);
  if (mayCreate.length > 0) return { problems: mayCreate, findings: [] };
  try {
    await rehearseWrite(api, place, secret.key, found);
  } catch (error) {
    return { problems: [problemOf(place, error)], findings: [] };
  }
  const owned = found ? findingsOnSecret(place, found.metadata, secret.key) : [];
  return { problems: [], findings: [...owned, ...added(place, secret.key, found)] };
}

const MOST_KEYS = 5;

/** A place that a first delivery makes, or one with a slip of the pen. */
function added(place: Place, key: string, found: SecretObject | undefined): Finding[] {
  if (!found) return [`${nameOf(place)} does not exist yet: it will be made, with the key ${key}.`];
  const keys = Object.keys(found.data ?? {});
  if (keys.includes(key)) return [];
  const others = keys.length > MOST_KEYS ? `${keys.length} others` : keys.join(', ');
  return [
    `${nameOf(place)} has no key ${key} yet${keys.length > 0 ? ` (it has ${others})` : ''}: it will be added.`,
  ];
}

async function onWorkload(
  api: KubernetesApi,
  config: Rehearsed,
  workload: Workload,
  reader: ConfigMapReader,
): Promise<Report> {
  const { place } = workload;
  const object = assertPresent(workload);
  const name = nameOf(place);
  if (object.spec.paused === true)
    return problem(
      `${name} is paused, so that it would never take new pods`,
      `Run \`kubectl -n ${place.namespace} rollout resume deployment/${place.name}\`, or take it out of the target.`,
    );
  const { configMaps, unread } = await reader.of(templateOf(object));
  const astray = astrayIn(place, templateOf(object), config.secret, configMaps);
  if (!astray.reached)
    return problem(
      astray.sentences.join('. '),
      `Let it refer to the Secret that the token goes to (secretKeyRef), or take it out of the target.`,
    );
  const agents = checkAgents(place, templateOf(object), config, configMaps);
  if (agents.refusals.length > 0) return { problems: agents.refusals.map(finalProblem), findings: [] };
  if (config.restart === 'rollout' && isRestarted(workload))
    await api
      .patch(place, restartPatch(marksOnTrial(config.rotation)), { isDryRun: true })
      .catch((error: unknown) => {
        throw new Trouble(problemOf(`${name}, on trial`, error));
      });
  const findings = [
    ...findingsOnWorkload(place, object.metadata),
    ...astray.sentences.map((sentence) => `${sentence}.`),
    ...(await findingsOnSource(api, config, workload)),
    ...unread.map(
      (configMap) =>
        `Rotor may not get ConfigMap ${place.namespace}/${configMap}: what the containers of ${name} have from there was not seen.`,
    ),
    ...agents.findings,
    ...findingsOnRollout(workload, object),
  ];
  return { problems: [], findings };
}

function findingsOnRollout(workload: Workload, { spec }: WorkloadObject): Finding[] {
  const name = nameOf(workload.place);
  if (!isRestarted(workload))
    return [
      `${name} is not restarted: its next job takes the token, and one that runs now goes on with the old one.`,
    ];
  const partition = spec.updateStrategy?.rollingUpdate?.partition ?? 0;
  return [
    ...(spec.updateStrategy?.type === 'OnDelete'
      ? [`${name} updates its pods OnDelete: each takes the token only when somebody deletes it.`]
      : []),
    ...(partition > 0
      ? [`${name} has a partition of ${partition}: its pods below that number keep the old token.`]
      : []),
    ...(workload.kind !== 'daemonset' && spec.replicas === 0
      ? [`${name} has no replicas: nobody can be seen with the token.`]
      : []),
  ];
}

/** Whether Rotor can see that somebody else's Secret has the token, before it restarts into the old one. */
async function findingsOnSource(
  api: KubernetesApi,
  { secret }: KubernetesTargetConfig,
  { place, object }: Workload,
): Promise<Finding[]> {
  if (secret || !object) return [];
  const { namespace } = place;
  const sources = tokenKeysOf(templateOf(object));
  if (sources.length === 0)
    return [
      `${nameOf(place)}: no container names the Secret of the token, so Rotor cannot see whether it has it before the restart.`,
    ];
  const answers = await Promise.all(
    sources.map(async ({ name }) => ({
      name,
      may: await api.mayI({ verb: 'get', kind: SECRET, namespace, name }),
    })),
  );
  const unread = answers.filter(({ may }) => !may).map(({ name }) => name);
  return unread.map(
    (name) =>
      `Rotor may not get Secret ${namespace}/${name}, so it cannot see whether it has the token before it restarts ${nameOf(place)}.`,
  );
}

async function guarded({ place }: Workload, check: () => Promise<Report>): Promise<Report> {
  try {
    return await check();
  } catch (error) {
    return { problems: [problemOf(place, error)], findings: [] };
  }
}

function problem(what: string, hint: string): Report {
  return { problems: [{ what, hint, retryable: false }], findings: [] };
}

function finalProblem(sentence: string): Problem {
  return { what: sentence.replace(/\.$/, ''), retryable: false };
}

function merged(reports: readonly Report[]): Report {
  return {
    problems: reports.flatMap(({ problems }) => problems),
    findings: reports.flatMap(({ findings }) => findings),
  };
}

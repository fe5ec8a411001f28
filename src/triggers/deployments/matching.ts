import type { FoundApm, FoundDeployment } from '../../issuers/inventory.js';
import type { ResourceSelect } from '../../issuers/select.js';

/** What a rotation says of where its token is set. */
export type Selecting = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly select: ResourceSelect;
  /** Host of the API that it looks in; null: the address of its Kibana is in the config, and no cloud is asked. */
  readonly cloud: string | null;
};

export type Seen = { readonly deployments: readonly FoundDeployment[]; readonly isWhole: boolean };

export const MISSES = ['nothing', 'ambiguous', 'no_apm', 'elsewhere', 'unknown'] as const;

/** Why a rotation has not exactly one APM Server, as far as the clouds tell. */
export type Miss = { readonly why: (typeof MISSES)[number]; readonly detail: string };

export type Match = { readonly found: readonly FoundDeployment[]; readonly miss?: Miss };

const ID = /^[0-9a-f]{32}$/;
const LISTED = 10;

/** By the rules that a run goes by: a name and tags match exactly, and lead to one deployment with one APM Server. */
export function matchOf({ select, cloud }: Selecting, seen: Seen | undefined): Match {
  if (cloud === null)
    return none('elsewhere', 'The config names its Kibana by address, so that no cloud tells of it.');
  const { deployments, isWhole } = seen ?? { deployments: [], isWhole: false };
  const found = deployments.filter((one) => isSelected(one, select));
  const [only, ...more] = found;
  if (only === undefined) {
    if (!isWhole) return none('unknown', `${cloud} has not told of all of its deployments.`);
    return none('nothing', `${cloud} has no deployment ${wantedBy(select)} that the API key may see.`);
  }
  if (more.length > 0) {
    const detail = `${found.length} deployments are ${wantedBy(select)}: ${listed(found)}.`;
    return { found, miss: { why: 'ambiguous', detail } };
  }
  const miss = apmMiss(only, select);
  return { found, ...(miss && { miss }) };
}

function none(why: Miss['why'], detail: string): Match {
  return { found: [], miss: { why, detail } };
}

function isSelected(
  { id, name, tags }: FoundDeployment,
  { deployment, tags: wanted }: ResourceSelect,
): boolean {
  if (deployment !== undefined) return deployment === (ID.test(deployment) ? id : name);
  return Object.entries(wanted ?? {}).every(([key, value]) =>
    tags.some((tag) => tag.key === key && tag.value === value),
  );
}

function apmMiss({ name, apm, problem }: FoundDeployment, { refId }: ResourceSelect): Miss | undefined {
  if (problem !== undefined) return { why: 'unknown', detail: `${name}: ${problem}` };
  const named = refId === undefined ? apm : apm.filter((one) => one.refId === refId);
  const [first, ...others] = named.length === 0 ? switched(apm) : named;
  if (first === undefined) {
    const what = refId === undefined ? 'neither APM nor an Integrations Server' : `no APM resource ${refId}`;
    return { why: 'no_apm', detail: `${name} has ${what}.` };
  }
  if (others.length === 0) return undefined;
  const refs = named.map((one) => one.refId).join(', ');
  return {
    why: 'ambiguous',
    detail: `${name} has ${named.length} APM resources: ${refs}; say which by refId.`,
  };
}

/** An APM resource that was switched to Elastic Agent is gone, and an Integrations Server stands in its place. */
function switched(apm: readonly FoundApm[]): readonly FoundApm[] {
  return apm.every(({ kind }) => kind === 'integrations_server') ? apm.slice(0, 1) : [];
}

function wantedBy({ deployment, tags = {} }: ResourceSelect): string {
  if (deployment !== undefined)
    return ID.test(deployment) ? `with the id ${deployment}` : `named "${deployment}"`;
  return `tagged ${Object.entries(tags)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ')}`;
}

function listed(found: readonly FoundDeployment[]): string {
  const shown = found.slice(0, LISTED).map(({ id, name }) => `${name} (${id})`);
  return found.length > LISTED ? `${shown.join(', ')} and ${found.length - LISTED} more` : shown.join(', ');
}

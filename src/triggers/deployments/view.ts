import type { z } from 'zod';
import type { FoundDeployment } from '../../issuers/inventory.js';
import type { DeploymentList } from '../api/answers/index.js';
import type { AskDeployments } from '../api/look-requests.js';
import type { Caller } from '../access/caller.js';
import { hasLabels, parseLabels } from '../access/grant.js';
import type { Look, Told } from './deployments.js';
import { matchOf, type Match, type Selecting } from './matching.js';

export type DeploymentView = z.output<typeof DeploymentList>['deployments'][number];

type Answer = z.output<typeof DeploymentList>;
type Matched = { readonly rotation: Selecting; readonly match: Match };

/**
 * As the caller may see it: with labels in the grant only what a rotation of these selects. What no rotation selects has
 * no labels, and is for those who may read everything.
 */
export function deploymentsFor(
  caller: Caller,
  { lookedAt, told }: Look,
  selecting: readonly Selecting[],
  { state, selector }: z.output<typeof AskDeployments>,
): Answer {
  const wanted = selector === undefined ? undefined : parseLabels(selector);
  const isNarrowed = !caller.mayEverywhere('read');
  const seen = selecting.filter(
    ({ labels }) => caller.may('read', labels) && hasLabels(labels, wanted ?? {}),
  );
  const matched = seen.map((rotation) => ({
    rotation,
    match: matchOf(rotation, seenIn(told.find(({ host }) => host === rotation.cloud))),
  }));
  const deployments = told
    .flatMap(({ host, deployments: all }) => all.map((one) => viewOf(host, one, matched)))
    .filter(({ rotations }) => rotations.length > 0 || (!isNarrowed && wanted === undefined))
    .filter((one) => state === undefined || one.state === state)
    .toSorted((a, b) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id));
  return {
    lookedAt: new Date(lookedAt).toISOString(),
    narrowed: isNarrowed,
    clouds: told.map(cloudView),
    deployments,
    unmatched: matched.flatMap(({ rotation: { name }, match: { miss } }) =>
      miss ? [{ rotation: name, ...miss }] : [],
    ),
  };
}

function seenIn(told: Told | undefined) {
  return told && { deployments: told.deployments, isWhole: told.problem === undefined };
}

function viewOf(cloud: string, found: FoundDeployment, matched: readonly Matched[]): DeploymentView {
  const rotations = matched.filter(
    ({ rotation, match }) => rotation.cloud === cloud && match.found.includes(found),
  );
  const { id, name, tags, apm, problem } = found;
  return {
    cloud,
    id,
    name,
    state: rotations.length > 0 ? 'matched' : stateWithout(found),
    rotations: rotations.map(({ rotation }) => rotation.name),
    apm: apm.map((one) => ({ ...one })),
    tags: tags.map((tag) => ({ ...tag })),
    problem: problem ?? null,
  };
}

/** What cannot be read may have an APM Server: said rather than left out. */
function stateWithout({ apm, problem }: FoundDeployment): DeploymentView['state'] {
  if (problem !== undefined) return 'unreadable';
  return apm.length > 0 ? 'unmanaged' : 'no_apm';
}

function cloudView({ host, deployments, problem }: Told): Answer['clouds'][number] {
  if (!problem) return { host, state: 'answered', problem: null };
  const { code, message: detail, hint = null } = problem;
  const state = deployments.length > 0 ? 'in_part' : 'unanswered';
  return { host, state, problem: { code, detail, hint } };
}

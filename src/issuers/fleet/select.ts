import { RotorError } from '../../rotation/errors.js';
import type { ListedPolicy } from './schemas.js';

/** Host and space, for messages. */
export type Place = { readonly host: string; readonly space: string };

/** The id of the one policy that is meant. Throws `resource_ambiguous`, `upstream_not_found`, `resource_unavailable`. */
export function selectPolicy(
  found: readonly ListedPolicy[],
  wanted: string | undefined,
  place: Place,
): string {
  if (wanted === undefined) return theOnly(found, 'of Elastic APM', place, () => nothingAtAll(place));
  const byId = found.find(({ id }) => id === wanted);
  if (byId) return byId.id;
  const byName = found.filter(({ name }) => name === wanted);
  return theOnly(byName, `named "${wanted}"`, place, () => noneNamed(wanted, found, place));
}

/** For messages: id, and the names of the agent policies that carry it. */
export function agentPolicyIds({
  policy_ids: several,
  policy_id: one,
}: Pick<ListedPolicy, 'policy_ids' | 'policy_id'>): readonly string[] {
  return several ?? (one ? [one] : []);
}

function theOnly(
  found: readonly ListedPolicy[],
  wanted: string,
  place: Place,
  none: () => RotorError,
): string {
  const [only, ...more] = found;
  if (only === undefined) throw none();
  if (more.length === 0) return only.id;
  throw new RotorError(
    'resource_ambiguous',
    `${place.host}: ${found.length} integration policies ${wanted} are in the space ${place.space}: ${listed(found)}.`,
    { hint: 'Name one of them by its id with select.policy: each holds a token of its own.' },
  );
}

function nothingAtAll({ host, space }: Place): RotorError {
  return new RotorError(
    'resource_unavailable',
    `${host}: there is no integration policy of Elastic APM in the space ${space}.`,
    { hint: `${OTHER_SPACE}, or add the Elastic APM integration to an agent policy in Fleet.` },
  );
}

function noneNamed(wanted: string, found: readonly ListedPolicy[], { host, space }: Place): RotorError {
  const has = found.length === 0 ? 'there is none of Elastic APM at all' : `there are ${listed(found)}`;
  return new RotorError(
    'upstream_not_found',
    `${host}: no integration policy of Elastic APM in the space ${space} has the id or name "${wanted}"; ${has}.`,
    { hint: `${OTHER_SPACE}, or correct select.policy.` },
  );
}

const OTHER_SPACE =
  'A policy is seen only from its own spaces: name the space with kibana.space if it lives in another one';
const LISTED = 10;

function listed(found: readonly ListedPolicy[]): string {
  const shown = found.slice(0, LISTED).map((policy) => {
    const carriers = agentPolicyIds(policy).join(' and ') || 'none';
    return `"${policy.name}" (${policy.id}, agent policy ${carriers})`;
  });
  return found.length > LISTED ? `${shown.join(', ')} and ${found.length - LISTED} more` : shown.join(', ');
}

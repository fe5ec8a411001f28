import { RotorError } from '../../rotation/errors.js';
import type { CloudApi } from './api.js';
import type { DeploymentName } from './schemas.js';
import type { ResourceSelect } from '../select.js';

const PAGE_SIZE = 100;
const ID = /^[0-9a-f]{32}$/;

/** The id of the one deployment that is meant. Throws `upstream_not_found`, or `resource_ambiguous` with the candidates. */
export async function findDeploymentId(
  select: ResourceSelect,
  api: CloudApi,
  signal: AbortSignal,
): Promise<string> {
  const { deployment, tags } = select;
  if (deployment !== undefined && ID.test(deployment)) return deployment;
  if (deployment !== undefined) return byName(deployment, api, signal);
  return byTags(tags ?? {}, api, signal);
}

async function byName(name: string, api: CloudApi, signal: AbortSignal): Promise<string> {
  const all = await api.list(signal);
  const found = all.filter((one) => one.name === name);
  const near = all.filter((one) => one.name.toLowerCase() === name.toLowerCase());
  const hint =
    near.length > 0
      ? `There is ${listed(near)}: upper and lower case count.`
      : 'Check the name, and that the API key may see it.';
  return theOnly(found, { api, wanted: `named "${name}"`, hint });
}

async function byTags(
  tags: Readonly<Record<string, string>>,
  api: CloudApi,
  signal: AbortSignal,
): Promise<string> {
  const found = new Map<string, DeploymentName>();
  for await (const one of searched(tags, api, signal)) found.set(one.id, one);
  const wanted = `tagged ${Object.entries(tags)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ')}`;
  return theOnly([...found.values()], {
    api,
    wanted,
    hint: 'Check the tags, and that the API key may see it.',
  });
}

async function* searched(
  tags: Readonly<Record<string, string>>,
  api: CloudApi,
  signal: AbortSignal,
): AsyncGenerator<DeploymentName> {
  let cursor: string | undefined;
  do {
    // With a cursor all other fields are ignored.
    const page = await api.search(cursor === undefined ? firstPage(tags) : { cursor }, signal);
    for (const { id, name, metadata } of page.deployments) {
      const carried = metadata?.tags ?? [];
      // An index may analyse a value; only an exact match is one.
      const exact = Object.entries(tags).every(([key, value]) =>
        carried.some((tag) => tag.key === key && tag.value === value),
      );
      if (exact) yield { id, name };
    }
    const next = page.deployments.length > 0 ? (page.cursor ?? undefined) : undefined;
    cursor = next === cursor ? undefined : next;
  } while (cursor !== undefined);
}

/** As elastic/terraform-provider-ec asks: ec/ecdatasource/deploymentsdatasource/expanders.go */
function firstPage(tags: Readonly<Record<string, string>>): object {
  const filter = Object.entries(tags).map(([key, value]) => ({
    nested: {
      path: 'metadata.tags',
      query: {
        bool: {
          filter: [
            { term: { 'metadata.tags.key': { value: key } } },
            { term: { 'metadata.tags.value': { value } } },
          ],
        },
      },
    },
  }));
  return { size: PAGE_SIZE, sort: ['id'], query: { bool: { filter } } };
}

function theOnly(
  found: readonly DeploymentName[],
  context: { api: CloudApi; wanted: string; hint: string },
): string {
  const { api, wanted, hint } = context;
  const [only, ...more] = found;
  if (only === undefined) {
    throw new RotorError('upstream_not_found', `${api.host}: there is no deployment ${wanted}.`, { hint });
  }
  if (more.length === 0) return only.id;
  throw new RotorError(
    'resource_ambiguous',
    `${api.host}: ${found.length} deployments are ${wanted}: ${listed(found)}.`,
    {
      hint: 'Name one of them by its id.',
    },
  );
}

const LISTED = 10;

function listed(found: readonly DeploymentName[]): string {
  const shown = found.slice(0, LISTED).map(({ id, name }) => `${name} (${id})`);
  return found.length > LISTED ? `${shown.join(', ')} and ${found.length - LISTED} more` : shown.join(', ');
}

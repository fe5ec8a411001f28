import { RotorError } from '../../rotation/errors.js';
import { Client, type Deployment, type DeploymentList } from '../client.js';
import { noneOf } from '../none.js';
import { show, type Output } from '../output.js';
import { printNote, table } from '../print.js';

export type DeploymentsOptions = Output & { readonly selector?: string; readonly state?: string };

const HEAD = ['DEPLOYMENT', 'STATE', 'APM', 'ROTATION'];
const WORDS: Readonly<Record<Deployment['state'], string>> = {
  matched: 'matched',
  unmanaged: 'unmanaged',
  no_apm: 'no apm',
  unreadable: 'unreadable',
};

/** Exit code 0, or 6 where a cloud has not told of all that it has. */
export async function getDeployments(name: string | undefined, options: DeploymentsOptions): Promise<number> {
  const { selector, state } = options;
  const client = await Client.fromEnvironment();
  const list = await client.deployments({ selector, state });
  const found = name === undefined ? list : only(list, name);
  const { deployments, narrowed, clouds, unmatched } = found;
  const isKnown = clouds.length > 0 && silentIn(found).length === 0 && unmatched.length === 0;
  await show(found, options, {
    table: () => textOf(found, table(HEAD, deployments.map(row))),
    wide: () =>
      textOf(
        found,
        table(
          [...HEAD, 'ID', 'TAGS', 'CLOUD'],
          deployments.map((one) => [...row(one), ...more(one)]),
        ),
      ),
    names: () => deployments.map((one) => one.name),
    items: () => deployments,
    none: isKnown ? noneOf('deployments', { selector, state }) : undefined,
  });
  // Of a list alone nobody would know what lacks in it.
  if (options.output === 'jsonl' || options.output === 'name') silentIn(found).forEach(printNote);
  if (clouds.length === 0) printNote('the config names no cloud, so that nobody was asked');
  if (narrowed)
    printNote(
      'only what rotations of this token select: for all of them its scope is `read`, without labels',
    );
  return clouds.every((cloud) => cloud.state === 'answered') ? 0 : 6;
}

/** By its name, of which there may be several, or by its id. Throws `not_found`. */
export function only(list: DeploymentList, name: string): DeploymentList {
  const deployments = list.deployments.filter((one) => one.name === name || one.id === name);
  const rotations = new Set(deployments.flatMap((one) => one.rotations));
  if (deployments.length > 0)
    return {
      ...list,
      deployments,
      unmatched: list.unmatched.filter(({ rotation }) => rotations.has(rotation)),
    };
  const silent = list.clouds.filter((cloud) => cloud.state !== 'answered').map(({ host }) => host);
  throw new RotorError(
    silent.length > 0 ? 'upstream_unreachable' : 'not_found',
    silent.length > 0
      ? `whether there is a deployment ${JSON.stringify(name)} is not known: ${silent.join(', ')} did not tell of all`
      : `there is no deployment ${JSON.stringify(name)} that this token may see`,
    { hint: 'The names and ids are in `rotor get deployments -o wide`.' },
  );
}

/** What is missing stands below what is there. */
function textOf(list: DeploymentList, rows: string): string {
  const lost = list.unmatched.map(({ rotation, detail }) => `${rotation}: ${detail}`);
  return [...(list.deployments.length > 0 ? [rows] : []), ...silentIn(list), ...lost].join('\n');
}

function silentIn({ clouds }: DeploymentList): string[] {
  return clouds.flatMap(({ host, state, problem }) =>
    problem
      ? [
          `!!! ${host} ${state === 'in_part' ? 'has told of some alone' : 'did not answer'}: ${problem.detail}`,
        ]
      : [],
  );
}

function row({ name, state, apm, rotations }: Deployment): string[] {
  return [name, WORDS[state], apmOf(apm), rotations.join(', ') || '–'];
}

function more({ id, tags, cloud }: Deployment): string[] {
  return [id, tags.map(({ key, value }) => `${key}=${value}`).join(',') || '–', cloud];
}

/** Running is the rule. */
export function apmOf(apm: Deployment['apm']): string {
  const said = apm.map(({ mode, status }) => {
    const kind = mode === 'managed' ? 'fleet' : 'standalone';
    return status === null || status === 'started' ? kind : `${kind} (${status})`;
  });
  return said.join(', ') || '–';
}

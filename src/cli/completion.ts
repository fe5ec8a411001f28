import tab from '@bomb.sh/tab';
import addCompletion from '@bomb.sh/tab/commander';
import type { Command } from 'commander';
import { Client } from './client.js';
import { isRunId } from './run-id.js';

/** A person waits at the prompt; without an answer by then they type the name themselves. */
const PATIENCE_MS = 800;
const MOST_LISTED = 50;

/** Prints the script of a shell, or with `complete -- WORDS` what may come next: also names that the service knows. */
export async function complete(rotor: Command, argv: readonly string[]): Promise<void> {
  addCompletion(rotor, { completionCommandName: 'completion' });
  if (argv[2] === 'complete') await addNames(argv);
  await rotor.parseAsync([...argv]);
}

async function addNames(words: readonly string[]): Promise<void> {
  const { rotations, runs, approvals, fingerprints, targets, deployments, tokens } = await known(words);
  for (const command of tab.commands.values()) {
    for (const { name, variadic } of command.arguments.values()) {
      const names = {
        rotation: rotations,
        run: runs,
        approval: approvals,
        'rotation-or-run': [...rotations, ...runs],
        fingerprint: fingerprints,
        target: targets,
        deployment: deployments,
        token: tokens,
      }[name];
      if (names)
        command.argument(name, (offer) => names.forEach(([value, said]) => offer(value, said)), variadic);
    }
  }
}

type Kind = 'rotations' | 'runs' | 'approvals' | 'fingerprints' | 'targets' | 'deployments' | 'tokens';
type Names = readonly (readonly [string, string])[];

/** Nothing where the service does not answer: a completion says nothing of what is wrong. */
async function known(words: readonly string[]): Promise<Readonly<Record<Kind, Names>>> {
  const none = {
    rotations: [],
    runs: [],
    approvals: [],
    fingerprints: [],
    targets: [],
    deployments: [],
    tokens: [],
  };
  const late = new Promise<typeof none>((resolve) => void setTimeout(resolve, PATIENCE_MS, none).unref());
  const asked = async () => {
    const client = await Client.fromEnvironment();
    const isAbout = (kind: string): boolean => words.includes(kind) || words.includes(`${kind}s`);
    // Of the cloud nobody is asked for the sake of other names.
    if (isAbout('deployment')) return { ...none, deployments: await deploymentsOf(client) };
    if (words.includes('revoke')) return { ...none, tokens: await tokensOf(client) };
    if (words.includes('get') && isAbout('target')) return { ...none, targets: await targetsOf(client) };
    if (isAbout('approval') || words.includes('approve') || words.includes('reject'))
      return { ...none, approvals: await approvalsOf(client, words) };
    const rotations = await client.rotations();
    const { runs } = await client.runs({ limit: String(MOST_LISTED) });
    // Whose targets may come next.
    const run = words.find(isRunId);
    const deliveries = run === undefined ? [] : (await client.run(run)).deliveries;
    return {
      ...none,
      targets: deliveries.map(({ target, state }) => [target, state] as const),
      rotations: rotations.map(({ name, state }) => [name, state] as const),
      fingerprints: rotations.flatMap(({ fingerprint, name }) =>
        fingerprint === null ? [] : [[fingerprint, `current in ${name}`] as const],
      ),
      runs: runs.map(({ id, rotation, outcome, state }) => [id, `${rotation} ${outcome ?? state}`] as const),
    };
  };
  return Promise.race([asked().catch(() => none), late]);
}

/** To decide on: what nobody has decided on yet. */
async function approvalsOf(client: Client, words: readonly string[]): Promise<Names> {
  const state = words.includes('approve') || words.includes('reject') ? 'pending' : undefined;
  const { approvals } = await client.approvals.list({ state, limit: String(MOST_LISTED) });
  return approvals.map(
    ({ id, rotation, state: at, reason }) => [id, `${rotation} ${at}: ${reason}`] as const,
  );
}

/** To revoke: those that are of use to somebody. */
async function tokensOf(client: Client): Promise<Names> {
  const tokens = await client.tokens();
  return tokens.flatMap(({ id, name, state }) => (state === 'active' ? [[id, name] as const] : []));
}

async function deploymentsOf(client: Client): Promise<Names> {
  const { deployments } = await client.deployments();
  return deployments.map(({ name, state, rotations }) => [name, [state, ...rotations].join(' ')] as const);
}

/** Several rotations may have one of the same name. */
async function targetsOf(client: Client): Promise<Names> {
  const targets = await client.targets();
  return [...new Map(targets.map(({ name, type, rotation }) => [name, `${type} of ${rotation}`] as const))];
}

import tab from '@bomb.sh/tab';
import addCompletion from '@bomb.sh/tab/commander';
import type { Command } from 'commander';
import { Client } from './client.js';
import { isRunId } from './run-id.js';

/** A person waits at the prompt; without an answer by then they type the name themselves. */
const PATIENCE_MS = 800;
const MOST_RUNS = 50;

/** Prints the script of a shell, or with `complete -- WORDS` what may come next: also names that the service knows. */
export async function complete(rotor: Command, argv: readonly string[]): Promise<void> {
  addCompletion(rotor, { completionCommandName: 'completion' });
  if (argv[2] === 'complete') await addNames(argv.find(isRunId));
  await rotor.parseAsync([...argv]);
}

/** `run`: whose targets may come next. */
async function addNames(run: string | undefined): Promise<void> {
  const { rotations, runs, fingerprints, targets } = await known(run);
  for (const command of tab.commands.values()) {
    for (const { name, variadic } of command.arguments.values()) {
      const names = {
        rotation: rotations,
        run: runs,
        'rotation-or-run': [...rotations, ...runs],
        fingerprint: fingerprints,
        target: targets,
      }[name];
      if (names)
        command.argument(name, (offer) => names.forEach(([value, said]) => offer(value, said)), variadic);
    }
  }
}

type Names = readonly (readonly [string, string])[];
type Known = Readonly<Record<'rotations' | 'runs' | 'fingerprints' | 'targets', Names>>;

/** Nothing where the service does not answer: a completion says nothing of what is wrong. */
async function known(run: string | undefined): Promise<Known> {
  const none = { rotations: [], runs: [], fingerprints: [], targets: [] };
  const late = new Promise<typeof none>((resolve) => void setTimeout(resolve, PATIENCE_MS, none).unref());
  const asked = async () => {
    const client = await Client.fromEnvironment();
    const rotations = await client.rotations();
    const { runs } = await client.runs({ limit: String(MOST_RUNS) });
    const deliveries = run === undefined ? [] : (await client.run(run)).deliveries;
    return {
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

import { codeNamed, RotorError } from '../rotation/errors.js';
import { Stop } from '../rotation/stop.js';
import { MOST_NAMED } from '../triggers/api/requests.js';
import type { RunView } from '../triggers/run-view.js';
import { hasTypedNumber, INTERRUPTED } from './agree.js';
import { askForEach, type Begun } from './approvals/ask-each.js';
import { Client } from './client.js';
import { askAboutEach, worstOf } from './each-of-many.js';
import { saySkipped, saySkippedOf } from './emergency.js';
import { everyOwn, mostOf } from './how-many.js';
import { sayOutOfSchedule } from './out-of-schedule.js';
import { show } from './output.js';
import { printNote, table } from './print.js';
import type { StartOptions } from './start.js';
import { stayOf, type Stay } from './stay.js';
import { verdict } from './tree.js';
import { exitCodeOf, wait } from './watch.js';

type Started = Awaited<ReturnType<Client['startAll']>>;

const MOST_NEXT = 5;

/**
 * Starts what may start, and asks for the approvals that others need. The exit code is the worst that one of them alone
 * would have had; an approval is not waited for. `names` is empty with --selector and --all.
 */
export async function startMany(names: readonly string[], options: StartOptions): Promise<number> {
  const stay = stayOf(options);
  const client = await Client.fromEnvironment();
  const answered = await begin(client, names, options);
  if (answered === undefined) {
    printNote('stopped; nothing was started\nnext: rotor status');
    return INTERRUPTED;
  }
  const begun = await askForEach(client, answered, options.reason);
  const { runs, asked, refused } = begun;
  const started = new Set(runs.map(({ rotation }) => rotation));
  if (!options.emergency && started.size > 0)
    await sayOutOfSchedule(client.rotations().then((all) => all.filter(({ name }) => started.has(name))));
  if (stay.how === 'leave') {
    await show(begun, options, {
      table: () =>
        tableOf(
          ['ROTATION', 'RUN'],
          runs.map(({ rotation, id }) => [rotation, id]),
        ),
      names: () => runs.map(({ id }) => id),
      items: () => runs,
    });
    sayRefused(begun);
    if (runs.length > 0) printNote('started; see how they get on with: rotor runs --active');
    sayNext(begun);
    return worstOf(codesOf(begun));
  }
  sayRefused(begun);
  const ended = await waitForAll(client, runs, stay);
  await show({ runs: ended, asked, refused }, options, {
    table: () => tableOf(['ROTATION', 'RUN', 'STATE', 'TOKEN'], ended.map(row)),
    names: () => ended.map(({ id }) => id),
    items: () => ended,
  });
  sayNext(begun, ended);
  return worstOf([...codesOf(begun), ...ended.map(exitCodeOf)]);
}

/** Undefined where a person has stopped it. */
async function begin(
  client: Client,
  names: readonly string[],
  options: StartOptions,
): Promise<Started | undefined> {
  const { selector, reason, all, emergency: isUrgent } = options;
  const mode = isUrgent ? 'emergency' : 'rotate';
  if (selector !== undefined && !all) {
    const max = mostOf(options);
    const chosen = isUrgent ? await client.rotations({ selector }) : [];
    if (chosen.length <= max) saySkipped(chosen);
    return client.startAll({ selector, reason, mode, max });
  }
  const chosen = all ? await everyRotation(client, options) : names;
  if (chosen === undefined) return undefined;
  if (!all) await assertKnown(client, chosen);
  if (isUrgent && !all) await saySkippedOf(client, chosen);
  const begun: Started = { runs: [], refused: [] };
  for (let from = 0; from < chosen.length; from += MOST_NAMED) {
    const some = await client.startAll({ rotations: chosen.slice(from, from + MOST_NAMED), reason, mode });
    begun.runs.push(...some.runs);
    begun.refused.push(...some.refused);
  }
  return begun;
}

/** With a slip of the pen in one name the others may not be those that were meant. Throws `not_found`. */
async function assertKnown(client: Client, names: readonly string[]): Promise<void> {
  const looked = await askAboutEach(names, async (name) => client.rotation(name));
  const unknown = looked.filter((one) => 'fault' in one && one.fault.code === 'not_found');
  if (unknown.length === 0) return;
  const said = unknown.map(({ name }) => JSON.stringify(name)).join(' or ');
  throw new RotorError('not_found', `there is no rotation ${said}`, {
    effect: 'not_applied',
    hint: 'Correct the name: nothing was started.',
  });
}

/**
 * Those that the caller may see and that Rotor rotates itself, once somebody has said how many are meant; undefined where
 * they stop there.
 */
async function everyRotation(
  client: Client,
  { max, yes, selector, emergency: isUrgent }: StartOptions,
): Promise<readonly string[] | undefined> {
  const most = mostOf({ max, all: true });
  const own = await everyOwn(client, selector);
  const names = own.map(({ name }) => name);
  if (names.length > most)
    throw new RotorError('too_many', `there are ${names.length} rotations, and --max is ${most}`, {
      effect: 'not_applied',
      hint: 'Give --selector, or raise --max: nothing was started.',
    });
  if (isUrgent) saySkipped(own);
  const isAsked = max === undefined && !yes;
  if (isAsked && !(await hasTypedNumber(names.length, `rotate ${names.join(', ')}`))) return undefined;
  return names;
}

/** One after the other, which takes as long as the slowest of them; one interrupt ends the waiting for all. */
async function waitForAll(
  client: Client,
  runs: Begun['runs'],
  { withinMs }: Stay,
): Promise<readonly RunView[]> {
  const interrupt = new AbortController();
  const interrupted = (): void => interrupt.abort();
  process.on('SIGINT', interrupted);
  using stop = new Stop([interrupt.signal], withinMs);
  const { signal } = stop;
  const ended: RunView[] = [];
  try {
    for (const { id } of runs) ended.push(await waitOrLook(client, id, signal));
  } finally {
    process.off('SIGINT', interrupted);
  }
  if (ended.some(({ outcome, stalled }) => outcome === null && stalled === null)) {
    const why = interrupt.signal.aborted ? 'detached' : 'the time is over';
    printNote(`${why}; what has not ended goes on.\nnext: rotor runs --active`);
  }
  return ended;
}

/** Where it is no longer to be waited for: as it is now. */
async function waitOrLook(client: Client, id: string, signal: AbortSignal): Promise<RunView> {
  try {
    return await wait(client, id, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
    return client.run(id);
  }
}

function sayRefused({ refused }: Begun): void {
  for (const { rotation, problem } of refused) printNote(`${rotation}: ${problem.detail}`);
}

/** Of what has gone wrong first; `rotor status NAME` says why, and what can be done. */
function sayNext({ asked, refused }: Begun, ended: readonly RunView[] = []): void {
  const bad = ended.filter((run) => troubleOf(run) >= 0).toSorted((a, b) => troubleOf(a) - troubleOf(b));
  for (const { rotation } of bad.slice(0, MOST_NEXT)) printNote(`next: rotor status ${rotation}`);
  if (refused.length > 0 || bad.length > MOST_NEXT) printNote('next: rotor status');
  const [first] = asked;
  if (first === undefined) return;
  // Whoever asks now may be the one who decides on what another has asked for.
  printNote(asked.length === 1 ? `next: rotor describe approval ${first.id}` : 'next: rotor get approvals');
}

/** Its place among what has gone wrong; -1: nothing has, as far as is known. */
function troubleOf({ outcome, stalled }: RunView): number {
  if (outcome === null) return stalled === null ? -1 : 0;
  return { failed: 1, cancelled: 2, partial: 3, succeeded: -1 }[outcome];
}

function codesOf({ asked, refused }: Begun): number[] {
  return [
    ...asked.map(() => 7),
    ...refused.map(({ problem }) => new RotorError(codeNamed(problem.code) ?? 'internal', '').exitCode),
  ];
}

/** Where none has started, the lines beside it say why. */
function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return rows.length === 0 ? '' : table(head, rows);
}

function row(run: RunView): string[] {
  return [run.rotation, run.id, verdict(run), run.fingerprints.current ?? '–'];
}

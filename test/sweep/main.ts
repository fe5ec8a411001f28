import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { workThrough } from '../simulation/crew.js';
import { adapterPaths, askedPaths, paths } from '../simulation/paths.js';
import { createRandom } from '../../src/sandbox/random.js';
import { closingLine, countsOf } from '../simulation/tally.js';
import { again, blowFrom } from './again.js';
import type { Effect } from '../simulation/life.js';
import { defects } from './defects.js';
import { deathsAtWrites, pathOf, singlesOf, type Answer, type Failure, type Job } from './jobs.js';

const PROGRAM = fileURLToPath(new URL('worker.ts', import.meta.url));
/** So that both cores are busy to the end. */
const CHUNK = 40;
const SHOWN = 10;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    /** This many schedules, drawn by the seed, instead of all. */
    sample: { type: 'string' },
    /** Only paths with this in their name; with a blow, the one path of this name. */
    path: { type: 'string' },
    /** One schedule alone, with these blows in their order. */
    blow: { type: 'string', multiple: true },
    /** Planted into that one. */
    defect: { type: 'string' },
    /** Puts each of the known defects in, to see that it is found. */
    planted: { type: 'boolean', default: false },
    /** Without the pairs. */
    singles: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function answersTo(jobs: readonly Job[]): Promise<Answer[]> {
  const answers: Answer[] = [];
  await workThrough<{ job: Job; answer: Answer }>(PROGRAM, jobs, (answer) => answers.push(answer));
  return answers;
}

/** Numbers every effect of every path, and makes sure that each goes where it is meant to. */
async function record(names: readonly string[]): Promise<Answer[]> {
  const answers = await answersTo(names.map((path) => ({ what: 'record', path, seed })));
  for (const { job, effects = [], ended } of answers.toSorted(
    (a, b) => names.indexOf(a.job.path) - names.indexOf(b.job.path),
  )) {
    const { ends } = pathOf(job.path);
    if (ended !== ends) throw new Error(`the path "${job.path}" ends "${ended}", not "${ends}"`);
    const writes = effects.filter((effect) => effect.writes).length;
    say(
      `  ${job.path.padEnd(58)} ${String(effects.length).padStart(3)} effects, ${writes} of them writes; ${ended}`,
    );
  }
  return answers;
}

function jobsFor(recorded: readonly Answer[]): Job[] {
  const singles = recorded.flatMap(({ job: { path }, effects = [] }) =>
    chunks(singlesOf(effects, firstOf(path, effects))).map((blows): Job => ({
      what: 'singles',
      path,
      seed,
      blows,
    })),
  );
  const inPairs = new Set(paths.map(({ name }) => name));
  const pairs = recorded
    .filter(({ job }) => inPairs.has(job.path))
    .flatMap(({ job: { path }, effects = [] }) =>
      deathsAtWrites(effects).map((first): Job => ({ what: 'pairs', path, seed, first })),
    );
  return values.singles ? singles : [...singles, ...pairs];
}

/** What differs between two paths of deliveries comes after the token is settled; before that the others die for them. */
function firstOf(name: string, effects: readonly Effect[]): number {
  const { downstream, hasWaves } = pathOf(name);
  if (downstream === undefined && hasWaves === undefined) return 0;
  return effects.findIndex((effect) => effect.name.includes('settled'));
}

/** Schedules of one blow or two, as many as are asked for. */
function sampleOf(jobs: readonly Job[], size: number): Job[] {
  const random = createRandom(seed);
  const singles = jobs.flatMap((job) =>
    job.what === 'singles' ? job.blows.map((blow): Job => ({ ...job, blows: [blow] })) : [],
  );
  return random.shuffle(singles).slice(0, size);
}

function chunks<T>(all: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / CHUNK) }, (_, index) =>
    all.slice(index * CHUNK, (index + 1) * CHUNK),
  );
}

/** Each defect must be found, or the sweep could not fail. */
async function findPlanted(recorded: readonly Answer[]): Promise<boolean> {
  say('planted defects');
  const known = defects.filter(({ path }) => recorded.some(({ job }) => job.path === path));
  const jobs = known.map(({ name, path }): Job => {
    const { effects = [] } = recorded.find(({ job }) => job.path === path) ?? {};
    const blows = singlesOf(effects, firstOf(path, effects)).filter(({ at }) => effects[at]?.writes === true);
    return { what: 'singles', path, seed, blows, defect: name };
  });
  const answers = await answersTo(jobs);
  for (const { job, schedules, failures } of answers) {
    const [found] = failures;
    const name = job.what === 'singles' ? job.defect : '';
    say(
      found
        ? `  found after ${schedules}: ${name}\n    ${tell(found)}`
        : `  NOT FOUND in ${schedules}: ${name}`,
    );
  }
  return answers.every(({ failures }) => failures.length > 0);
}

/** The shortest one of each kind of harm on each path. */
function oneOfEach(failures: readonly Failure[]): Failure[] {
  const kindOf = ({ path, harm }: Failure): string =>
    [path, ...Object.entries(harm).flatMap(([kind, list]) => (list.length > 0 ? [kind] : []))].join(' ');
  return [...new Map(failures.toReversed().map((failure) => [kindOf(failure), failure])).values()];
}

function tell(failure: Failure): string {
  const { path, blows, at, harm } = failure;
  const what = Object.entries(harm).flatMap(([kind, list]) => list.map((one) => `${kind}: ${one}`));
  const how = blows.map(({ moment }, index) => `${moment} "${at[index]}"`).join(', then ');
  return `${path}; ${how}; ${what.join('; ')}\n    again: ${again(failure, seed)}`;
}

/** One schedule, as a failure has named it. */
async function playAgain(blows: readonly string[]): Promise<boolean> {
  const { name: path } = pathOf(values.path ?? '');
  const defect = values.defect === undefined ? {} : { defect: values.defect };
  const answers = await answersTo([{ what: 'again', path, seed, blows: blows.map(blowFrom), ...defect }]);
  return conclude(answers);
}

function conclude(answers: readonly Answer[]): boolean {
  const failures = answers
    .flatMap((answer) => answer.failures)
    .toSorted((a, b) => a.blows.length - b.blows.length);
  for (const failure of oneOfEach(failures).slice(0, SHOWN)) say(`BROKEN ${tell(failure)}`);
  const schedules = answers.reduce((sum, answer) => sum + answer.schedules, 0);
  const unreached = answers.reduce((sum, answer) => sum + answer.unreached, 0);
  if (unreached > 0) say(`in ${unreached} of them a blow did not fall: the run took another way`);
  say(closingLine(schedules, countsOf(failures.map(({ harm }) => harm))));
  return failures.length === 0;
}

async function main(): Promise<boolean> {
  if (values.blow) return playAgain(values.blow);
  const all = [...paths, ...askedPaths, ...adapterPaths].map(({ name }) => name);
  const names = all.filter((name) => values.path === undefined || name.includes(values.path));
  say(`seed ${seed}`);
  const recorded = await record(names);
  const jobs =
    values.sample === undefined ? jobsFor(recorded) : sampleOf(jobsFor(recorded), Number(values.sample));
  const found = !values.planted || (await findPlanted(recorded));
  const answers = [...recorded, ...(await answersTo(jobs))];
  return conclude(answers) && found;
}

process.exitCode = (await main()) ? 0 : 1;

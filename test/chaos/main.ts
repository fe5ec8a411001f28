import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { workThrough } from '../simulation/crew.js';
import { closingLine, countsOf } from '../simulation/tally.js';
import type { Answer, Failure, Job } from './jobs.js';
import { endsOf, shareLines, sharesOf, tell, toothless } from './report.js';

const PROGRAM = fileURLToPath(new URL('worker.ts', import.meta.url));
const MOST_PER_JOB = 20;
/** So that all cores are busy to the end. */
const JOBS = 8;
const SHOWN = 5;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '10000' },
    /** Over sockets with TLS, and with a journal on the disk, instead of in memory. */
    tls: { type: 'boolean', default: false },
    /** Of each schedule only the troubles and blows at these places: 0,2 */
    keep: { type: 'string' },
    /** Plants one of the sweep's defects, by its name. */
    defect: { type: 'string' },
    /** How often each kind of trouble and blow has happened. */
    verbose: { type: 'boolean', default: false },
  },
});
const [first, runs] = [Number(values.seed), Number(values.runs)];
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const setting = {
  ground: values.tls ? 'tls' : 'memory',
  ...(values.defect !== undefined && { defect: values.defect }),
} as const;
const flags = [
  ...(values.tls ? ['--tls'] : []),
  ...(values.defect === undefined ? [] : [`--defect '${values.defect}'`]),
];

async function answersTo(jobs: readonly Job[]): Promise<Answer[]> {
  const answers: Answer[] = [];
  await workThrough<{ job: Job; answer: Answer }>(PROGRAM, jobs, (answer) => answers.push(answer));
  return answers;
}

function campaign(): Job[] {
  const keep = values.keep === undefined ? {} : { keep: values.keep.split(',').filter(Boolean).map(Number) };
  const seeds = Array.from({ length: runs }, (_, index) => first + index);
  const size = Math.min(MOST_PER_JOB, Math.ceil(runs / JOBS));
  return Array.from({ length: Math.ceil(runs / size) }, (_, index) => ({
    what: 'play',
    seeds: seeds.slice(index * size, (index + 1) * size),
    ...keep,
    ...setting,
  }));
}

/** The shortest ones, made shorter still. */
async function shortestOf(failures: readonly Failure[]): Promise<Failure[]> {
  const short = failures.toSorted((a, b) => a.keep.length - b.keep.length).slice(0, SHOWN);
  if (values.keep !== undefined) return short;
  const shrunk = await answersTo(short.map(({ seed }) => ({ what: 'shrink', seed, ...setting })));
  return shrunk.flatMap((answer) => answer.failures).toSorted((a, b) => a.keep.length - b.keep.length);
}

const answers = await answersTo(campaign());
const failures = answers.flatMap((answer) => answer.failures);
for (const failure of await shortestOf(failures)) say(tell(failure, flags));
const shares = sharesOf(answers);
if (values.verbose) for (const line of shareLines(shares)) say(line);
for (const line of endsOf(answers)) say(line);
const idle = toothless(shares);
for (const line of idle) say(line);
say(closingLine(runs, countsOf(failures.map(({ harm }) => harm))));
process.exitCode = failures.length + idle.length === 0 ? 0 : 1;

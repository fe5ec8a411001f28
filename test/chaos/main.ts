import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { workThrough } from '../simulation/crew.js';
import { closingLine, countsOf } from '../simulation/tally.js';
import type { Answer, Job } from './jobs.js';

const PROGRAM = fileURLToPath(new URL('worker.ts', import.meta.url));
const PER_JOB = 20;
const SHOWN = 5;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '10000' },
    /** Over sockets with TLS, and with a journal on the disk, instead of in memory. */
    tls: { type: 'boolean', default: false },
  },
});
const [first, runs] = [Number(values.seed), Number(values.runs)];
const seeds = Array.from({ length: runs }, (_, index) => first + index);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const jobs = Array.from({ length: Math.ceil(runs / PER_JOB) }, (_, index): Job => ({
  seeds: seeds.slice(index * PER_JOB, (index + 1) * PER_JOB),
  ground: values.tls ? 'tls' : 'memory',
}));
const answers: Answer[] = [];
await workThrough<{ job: Job; answer: Answer }>(PROGRAM, jobs, (answer) => answers.push(answer));

const failures = answers
  .flatMap((answer) => answer.failures)
  .toSorted((a, b) => a.says.length - b.says.length);
for (const { seed, says, harm } of failures.slice(0, SHOWN)) {
  const what = Object.entries(harm).flatMap(([kind, list]) => list.map((one) => `${kind}: ${one}`));
  say(`BROKEN: again with --seed ${seed} --runs 1: ${says}\n  ${what.join('\n  ')}`);
}
const ends = new Map<string, number>();
for (const [end, count] of answers.flatMap((answer) => Object.entries(answer.ends)))
  ends.set(end, (ends.get(end) ?? 0) + count);
for (const [end, count] of [...ends].toSorted((a, b) => b[1] - a[1]))
  say(`  ${String(count).padStart(6)} ${end}`);
say(closingLine(runs, countsOf(failures.map(({ harm }) => harm))));
process.exitCode = failures.length === 0 ? 0 : 1;

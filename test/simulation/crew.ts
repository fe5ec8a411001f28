import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';

/** What a worker is given, and what it answers; both pass between processes. */
export type Work = { readonly job: object; readonly answer: object };

/** A world lives for a tenth of a second and leaves much behind: fewer and larger collections of what is young. */
const YOUNG = '--max-semi-space-size=64';
/** A world of faults makes errors by the thousand, whose stacks nobody reads. */
const STACKLESS = '--stack-trace-limit=0';

/** Gives jobs to as many processes as there are cores, one after the other, and hands on what they answer. */
export async function workThrough<Kind extends Work>(
  program: string,
  jobs: readonly Kind['job'][],
  onAnswer: (answer: Kind['answer']) => void,
): Promise<void> {
  const waiting = [...jobs];
  const crew = Array.from({ length: Math.min(availableParallelism(), jobs.length) }, () =>
    fork(program, { execArgv: [...process.execArgv, YOUNG, STACKLESS] }),
  );
  try {
    await Promise.all(
      crew.map(async (worker) => {
        for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
          worker.send(job);
          onAnswer((await answerOf(worker)) as Kind['answer']);
        }
      }),
    );
  } finally {
    for (const worker of crew) worker.kill();
  }
}

async function answerOf(worker: ChildProcess): Promise<unknown> {
  const stop = new AbortController();
  const gone = once(worker, 'exit', { signal: stop.signal }).then(([code]) => {
    throw new Error(`a worker ended with ${String(code)}; its message is above`);
  });
  try {
    const answers: unknown[] = await Promise.race([once(worker, 'message', { signal: stop.signal }), gone]);
    return answers[0];
  } finally {
    stop.abort();
    await gone.catch(() => undefined);
  }
}

/** In a worker: answers each job, until the process is ended. */
export function answerJobs<Kind extends Work>(work: (job: Kind['job']) => Promise<Kind['answer']>): void {
  process.on('message', (job: Kind['job']) => void work(job).then((answer) => process.send?.(answer)));
  // Nobody is left to answer.
  process.on('disconnect', () => process.exit());
}

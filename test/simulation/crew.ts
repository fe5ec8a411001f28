import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';

/** Gives jobs to as many processes as there are cores, one after the other, and hands on what they answer. */
export async function workThrough<Job, Answer>(
  program: string,
  jobs: readonly Job[],
  onAnswer: (answer: Answer) => void,
): Promise<void> {
  const waiting = [...jobs];
  const crew = Array.from({ length: Math.min(availableParallelism(), jobs.length) }, () => fork(program));
  try {
    await Promise.all(
      crew.map(async (worker) => {
        for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
          worker.send(job as object);
          onAnswer(await answerOf<Answer>(worker));
        }
      }),
    );
  } finally {
    for (const worker of crew) worker.kill();
  }
}

async function answerOf<Answer>(worker: ChildProcess): Promise<Answer> {
  const stop = new AbortController();
  const gone = once(worker, 'exit', { signal: stop.signal }).then(([code]) => {
    throw new Error(`a worker ended with ${String(code)}; its message is above`);
  });
  try {
    const [answer] = (await Promise.race([once(worker, 'message', { signal: stop.signal }), gone])) as [
      Answer,
    ];
    return answer;
  } finally {
    stop.abort();
    await gone.catch(() => undefined);
  }
}

/** In a worker: answers each job, until the process is ended. */
export function answerJobs<Job, Answer>(work: (job: Job) => Promise<Answer>): void {
  process.on('message', (job: Job) => void work(job).then((answer) => process.send?.(answer)));
}

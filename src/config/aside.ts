import { once } from 'node:events';
import pLimit from 'p-limit';
import { Worker } from 'node:worker_threads';
import { inPackage } from '../in-package.js';
import { asRotorError, RotorError } from '../rotation/errors.js';
import { configInvalid, configUnread, type ConfigFinding } from './findings.js';
import type { LoadedConfig, LoadOptions } from './load.js';
import type { ConfigReader } from './reader.js';
import type { ShownConfig } from './shown-config.js';

export type ReadingJob =
  | { readonly what: 'read'; readonly file: string; readonly options: LoadOptions }
  | { readonly what: 'show'; readonly loaded: LoadedConfig };

/** An error keeps its message alone on its way between threads, so that what it is made of is sent. */
export type ReadingResult =
  | { readonly loaded: LoadedConfig }
  | { readonly shown: ShownConfig }
  | { readonly findings: readonly ConfigFinding[]; readonly unread: 'missing' | 'unreadable' | undefined }
  | { readonly problem: string };

const PROGRAM = 'dist/config/read-aside.js';
/** A file that is made to take long must not take it for ever. */
const LONGEST_MS = 60_000;
const MOST_MEMORY_MB = 512;

/** In a thread of its own, so that leases are renewed and probes answered meanwhile. */
export const readingAside: ConfigReader = {
  async read(file, options) {
    const result = await aside({ what: 'read', file, options });
    if ('loaded' in result) return result.loaded;
    throw refusal(result);
  },
  async show(loaded) {
    const result = await aside({ what: 'show', loaded });
    if ('shown' in result) return result.shown;
    throw refusal(result);
  },
};

/** Whoever asks often must not fill the memory. */
const oneAtATime = pLimit(1);

async function aside(job: ReadingJob): Promise<ReadingResult> {
  return oneAtATime(async () => inThread(job));
}

async function inThread(job: ReadingJob): Promise<ReadingResult> {
  const worker = new Worker(inPackage(PROGRAM), {
    workerData: job,
    resourceLimits: { maxOldGenerationSizeMb: MOST_MEMORY_MB },
  });
  // What is read for nobody keeps no process from ending.
  worker.unref();
  try {
    const signal = AbortSignal.timeout(LONGEST_MS);
    const [result] = (await once(worker, 'message', { signal })) as [ReadingResult];
    return result;
  } catch (cause) {
    throw new RotorError('config_invalid', `the config could not be read: ${why(cause)}`, { cause });
  } finally {
    await worker.terminate();
  }
}

function why(cause: unknown): string {
  const { message } = asRotorError(cause);
  return message.includes('aborted') ? `it takes more than ${LONGEST_MS / 1_000} s` : message;
}

function refusal(result: ReadingResult): RotorError {
  if ('problem' in result) return new RotorError('internal', result.problem);
  if (!('findings' in result)) return new RotorError('internal', 'the config was read as something else');
  const [first] = result.findings;
  return result.unread !== undefined && first
    ? configUnread(first, result.unread === 'missing')
    : configInvalid(result.findings);
}

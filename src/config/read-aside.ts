import { parentPort, workerData } from 'node:worker_threads';
import { asRotorError } from '../rotation/errors.js';
import type { ReadingJob, ReadingResult } from './aside.js';
import { findingsOf, unreadOf } from './findings.js';
import { effectiveIn, readConfig } from './load.js';
import { shownConfig } from './shown-config.js';

/** Reads or shows one config, and says what came of it; see `readingAside`. */
parentPort?.postMessage(resultOf(workerData as ReadingJob), []);

function resultOf(job: ReadingJob): ReadingResult {
  try {
    if (job.what === 'read') return { loaded: readConfig(job.file, job.options) };
    return { shown: shownConfig(job.loaded.file, effectiveIn(job.loaded)) };
  } catch (error) {
    const findings = findingsOf(error);
    if (findings.length > 0) return { findings, unread: unreadOf(error) };
    return { problem: asRotorError(error).message };
  }
}

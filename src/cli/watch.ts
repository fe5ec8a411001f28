import { createLogUpdate } from 'log-update';
import type { RunView } from '../triggers/run-view.js';
import { asRotorError } from '../rotation/errors.js';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from './client.js';
import { printNote } from './print.js';
import { renderRun } from './tree.js';

const WAIT_SECONDS = 20;
/** A service that is being restarted is waited for; the run goes on in it. */
const RESTART_TRIES = 30;
const RESTART_PAUSE_MS = 1_000;

export type Watched = Pick<Client, 'run'>;

/** What became of a watched run, as an exit code: 8 is "still going on". */
export function exitCodeOf(run: RunView): number {
  if (run.outcome === null) return 8;
  return { succeeded: 0, partial: 4, failed: 1, cancelled: 1 }[run.outcome];
}

/**
 * Shows a run on standard error until it has ended or says that it is stalled: redrawn on a terminal, a line per step
 * elsewhere. An interrupt detaches; the run goes on. With a `signal` the caller sees to interrupts: throws its reason.
 */
export async function watch(
  client: Watched,
  id: string,
  show: Screen = screen(),
  signal?: AbortSignal,
): Promise<RunView> {
  const detach = new AbortController();
  const interrupted = (): void => detach.abort();
  // On, not once: log-update's own hook ends the process where it finds no other listener left.
  if (!signal) process.on('SIGINT', interrupted);
  const stop = signal ?? detach.signal;
  let run = await client.run(id);
  try {
    show.draw(run);
    while (run.outcome === null && run.stalled === null) {
      run = await next(client, run, stop);
      show.draw(run);
    }
  } catch (error) {
    if (!detach.signal.aborted) throw error;
  } finally {
    process.off('SIGINT', interrupted);
    show.done(run);
  }
  if (detach.signal.aborted) {
    printNote(`detached; the run goes on. Watch it again with: rotor status ${run.rotation} --watch`);
  }
  return run;
}

async function next(client: Watched, { id, seq }: RunView, signal: AbortSignal): Promise<RunView> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await client.run(id, { since: seq, seconds: WAIT_SECONDS }, signal);
    } catch (error) {
      if (asRotorError(error).code !== 'server_unreachable' || tries >= RESTART_TRIES) throw error;
      await delay(RESTART_PAUSE_MS, undefined, { signal });
    }
  }
}

export type Screen = {
  draw(run: RunView): void;
  /** Leaves the last state of the run standing. */
  done(run: RunView): void;
  /** Leaves nothing standing that the caller will print itself. */
  clear(): void;
};

export function screen(stream: NodeJS.WriteStream = process.stderr): Screen {
  return stream.isTTY ? liveScreen(stream) : lineScreen(stream);
}

const CLOCK_MS = 500;

function liveScreen(stream: NodeJS.WriteStream): Screen {
  const update = createLogUpdate(stream);
  const color = stream.hasColors();
  let last: RunView | undefined;
  // What is still being counted, or cannot be, is said once, at the end.
  const paint = (): void => {
    if (last) update(renderRun(last, { color, events: 'not_yet', now: Date.now() }).join('\n'));
  };
  const clock = setInterval(paint, CLOCK_MS).unref();
  return {
    draw(run) {
      last = run;
      paint();
    },
    done(run) {
      clearInterval(clock);
      update(renderRun(run, { color }).join('\n'));
      update.done();
    },
    clear() {
      clearInterval(clock);
      update.clear();
      update.done();
    },
  };
}

/** One line whenever a step begins or ends, then the whole tree once. */
function lineScreen(stream: NodeJS.WriteStream): Screen {
  const said = new Set<string>();
  return {
    draw(run) {
      run.steps.forEach((step, index) => {
        const line = `${run.rotation}  ${step.name} ${step.status}`;
        const key = `${index} ${line}`;
        if (!said.has(key)) stream.write(`${line}\n`);
        said.add(key);
      });
      const { paused } = run;
      if (!paused || said.has(paused.since)) return;
      said.add(paused.since);
      stream.write(`${run.rotation}  paused: ${paused.reason}; next: rotor resume ${run.id}\n`);
    },
    done: (run) => stream.write(`${renderRun(run, { color: false }).join('\n')}\n`),
    clear: () => undefined,
  };
}

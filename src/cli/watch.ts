import { createLogUpdate } from 'log-update';
import type { RunView } from '../triggers/run-view.js';
import type { Client } from './client.js';
import { printNote } from './print.js';
import { renderRun } from './tree.js';

const WAIT_SECONDS = 20;

/** What became of a watched run, as an exit code: 8 is "still going on". */
export function exitCodeOf(run: RunView): number {
  if (run.outcome === null) return 8;
  return { succeeded: 0, partial: 4, failed: 1, cancelled: 1 }[run.outcome];
}

/**
 * Shows a run on standard error until it has ended or says that it is stalled: redrawn on a terminal, a line per step
 * elsewhere. An interrupt detaches; the run goes on.
 */
export async function watch(client: Client, id: string, show: Screen = screen()): Promise<RunView> {
  const detach = new AbortController();
  const interrupted = (): void => detach.abort();
  process.once('SIGINT', interrupted);
  let run = await client.run(id);
  try {
    show.draw(run);
    while (run.outcome === null && run.stalled === null) {
      run = await client.run(id, { since: run.seq, seconds: WAIT_SECONDS }, detach.signal);
      show.draw(run);
    }
  } catch (error) {
    if (!detach.signal.aborted) throw error;
    printNote(`detached; the run goes on. Watch it again with: rotor status ${run.rotation} --watch`);
  } finally {
    process.off('SIGINT', interrupted);
    show.done(run);
  }
  return run;
}

export type Screen = { draw(run: RunView): void; done(run: RunView): void };

export function screen(stream: NodeJS.WriteStream = process.stderr): Screen {
  return stream.isTTY ? liveScreen(stream) : lineScreen(stream);
}

function liveScreen(stream: NodeJS.WriteStream): Screen {
  const update = createLogUpdate(stream);
  const color = stream.hasColors();
  return {
    draw: (run) => update(renderRun(run, { color }).join('\n')),
    done: () => update.done(),
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
    },
    done: (run) => stream.write(`${renderRun(run, { color: false }).join('\n')}\n`),
  };
}

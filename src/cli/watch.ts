import { createLogUpdate } from 'log-update';
import type { RunView } from '../triggers/run-view.js';
import { Stop } from '../rotation/stop.js';
import type { Client } from './client.js';
import { patiently } from './patience.js';
import { printNote } from './print.js';
import { roomOf } from './room.js';
import { renderRun } from './tree.js';

const WAIT_SECONDS = 20;

export type Watched = Pick<Client, 'run'>;

/** What became of a watched run, as an exit code: 8 is "still going on". */
export function exitCodeOf(run: RunView): number {
  if (run.outcome === null) return 8;
  return { succeeded: 0, partial: 4, failed: 1, cancelled: 1 }[run.outcome];
}

export type WatchOptions = {
  readonly show?: Screen;
  /** The caller sees to interrupts: its reason is thrown. Without it, an interrupt detaches. */
  readonly signal?: AbortSignal;
  /** Milliseconds; the run goes on when they are over. */
  readonly withinMs?: number | undefined;
};

/**
 * Shows a run on standard error until it has ended or says that it is stalled: redrawn on a terminal, a line per step
 * elsewhere. Whoever stops watching is told how to go on; the run does so in any case.
 */
export async function watch(
  client: Watched,
  id: string,
  { show = screen(), signal, withinMs }: WatchOptions = {},
): Promise<RunView> {
  const detach = new AbortController();
  const interrupted = (): void => detach.abort();
  // On, not once: log-update's own hook ends the process where it finds no other listener left.
  if (!signal) process.on('SIGINT', interrupted);
  using stop = new Stop([signal ?? detach.signal], withinMs);
  let run = await client.run(id);
  try {
    show.draw(run);
    while (run.outcome === null && run.stalled === null) {
      run = await next(client, run, stop.signal);
      show.draw(run);
    }
  } catch (error) {
    if (!stop.signal.aborted || signal?.aborted) throw error;
  } finally {
    process.off('SIGINT', interrupted);
    show.done(run);
  }
  const why = detach.signal.aborted ? 'detached' : 'the time is over';
  if (stop.signal.aborted && run.outcome === null)
    printNote(`${why}; the run goes on.\nnext: rotor watch ${id}`);
  return run;
}

/** As `watch`, and says nothing but what somebody has to do. */
export async function wait(
  client: Watched,
  id: string,
  options: Omit<WatchOptions, 'show'>,
): Promise<RunView> {
  return watch(client, id, { ...options, show: quietScreen() });
}

async function next(client: Watched, { id, seq }: RunView, signal: AbortSignal): Promise<RunView> {
  return patiently(async () => client.run(id, { since: seq, seconds: WAIT_SECONDS }, signal), signal);
}

export type Screen = {
  draw(run: RunView): void;
  /** Leaves the last state of the run standing. */
  done(run: RunView): void;
  /** Leaves nothing standing that the caller will print itself. */
  clear(): void;
};

export function screen(stream: NodeJS.WriteStream = process.stderr): Screen {
  // A terminal that one program makes for another may have no size: nothing could be drawn there.
  const hasRoom = stream.isTTY && stream.columns > 0 && stream.rows > 0;
  return hasRoom ? liveScreen(stream) : lineScreen(stream);
}

/** A pause lasts until somebody ends it, so that nobody is to wait for its end unaware. */
function quietScreen(): Screen {
  const said = new Set<string>();
  return {
    draw: (run) => sayPause(run, said, (line) => printNote(line)),
    done: () => undefined,
    clear: () => undefined,
  };
}

function sayPause({ id, rotation, paused }: RunView, said: Set<string>, say: (line: string) => void): void {
  if (!paused || said.has(paused.since)) return;
  said.add(paused.since);
  say(`${rotation}  paused: ${paused.reason}; next: rotor resume ${id}`);
}

const CLOCK_MS = 500;

function liveScreen(stream: NodeJS.WriteStream): Screen {
  const update = createLogUpdate(stream);
  const color = stream.hasColors();
  let last: RunView | undefined;
  // What is still being counted, or cannot be, is said once, at the end.
  const paint = (): void => {
    if (last)
      update(renderRun(last, { color, events: 'not_yet', now: Date.now(), room: roomOf(stream) }).join('\n'));
  };
  const clock = setInterval(paint, CLOCK_MS).unref();
  return {
    draw(run) {
      last = run;
      paint();
    },
    done(run) {
      clearInterval(clock);
      update(renderRun(run, { color, room: roomOf(stream) }).join('\n'));
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
      sayPause(run, said, (line) => stream.write(`${line}\n`));
    },
    done: (run) => stream.write(`${renderRun(run, { color: false }).join('\n')}\n`),
    clear: () => undefined,
  };
}

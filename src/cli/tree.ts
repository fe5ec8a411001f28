import { styleText } from 'node:util';
import type { RunView } from '../triggers/run-view.js';
import { deliveryLines, type Mark } from './delivery-lines.js';
import { pausedSince } from './paused.js';
import { hanging } from './room.js';

type Color = Parameters<typeof styleText>[0];
type Events = {
  readonly sent: number | null;
  readonly accepted: number | null;
  readonly lost: number | null;
};

const STEP_MARKS: Record<RunView['steps'][number]['status'], Mark> = {
  done: ['✔', 'green'],
  running: ['◌', 'cyan'],
  stalled: ['‖', 'yellow'],
  failed: ['✖', 'red'],
};

export type TreeOptions = {
  readonly color: boolean;
  /** `not_yet`: they are still being counted. */
  readonly events?: Events | 'not_yet';
  /** Epoch milliseconds, for the clock of the step that runs. */
  readonly now?: number;
  /** Columns; without it every line is whole. */
  readonly room?: number;
};

/** A run as a tree of lines; the same for a terminal that redraws it and for the end of a log. */
export function renderRun(run: RunView, options: TreeOptions): string[] {
  const { color, events = run.events, now, room = Infinity } = options;
  const paint = (style: Color, text: string) =>
    color ? styleText(style, text, { validateStream: false }) : text;
  const mark = ([icon, style]: Mark) => paint(style, icon);
  const lines = [headline(run, paint)];
  run.steps.forEach((step, index) => {
    const last = index === run.steps.length - 1;
    const time = timeOf(step, now);
    lines.push(
      `${last ? '└─' : '├─'} ${mark(STEP_MARKS[run.paused && last ? 'stalled' : step.status])} ${step.name.padEnd(9)} ${time.padStart(7)}`.trimEnd(),
    );
    const before = last ? '      ' : '│     ';
    for (const note of step.notes) lines.push(hanging(before, paint('gray', note), room));
    if (step.name === 'deliver')
      lines.push(...deliveryLines(run, mark).map((line) => `${last ? '   ' : '│  '}${line}`));
  });
  if (run.paused) lines.push(`   ${pausedSince(run.paused)}`, '   no further delivery begins');
  if (run.waitingFor !== null && run.outcome === null)
    lines.push(hanging('   waiting: ', run.waitingFor, room));
  const cost = run.outcome === null && run.stalled === null ? [] : costs(run, events);
  if (cost.length > 0) lines.push(`   ${cost.join(' · ')}`);
  if (run.credentialExpires !== null)
    lines.push(`   the API key of the cloud expires ${run.credentialExpires.slice(0, 10)}`);
  if (run.detail !== null) lines.push(hanging('   ', run.detail, room));
  if (run.mayAsk.length > 0) lines.push(`   next: ${commands(run).join(' · ')}`);
  return lines;
}

/** What a person can do about a run that needs one. */
function commands({ id, mayAsk, paused }: RunView): string[] {
  if (paused) return [`rotor resume ${id}`, ...(mayAsk.includes('cancel') ? [`rotor cancel ${id}`] : [])];
  const flags = { adopt: '--adopt', rollback: '--rollback', reset_again: '--reset-again' };
  // To cancel is to go back, by then: it is shown once.
  const decisions = mayAsk.flatMap((what) => (what in flags ? [flags[what as keyof typeof flags]] : []));
  const resolve = decisions.length > 0 ? [`rotor resolve ${id} ${decisions.join(' | ')}`] : [];
  return [...(mayAsk.includes('retry') ? [`rotor retry ${id}`] : []), ...resolve];
}

/** One word for people: what the run is at, or what became of it. */
export function verdict(run: RunView): string {
  if (run.outcome !== null)
    return run.reason === null ? run.outcome : `${run.outcome} (${run.reason.replaceAll('_', ' ')})`;
  if (run.paused) return 'paused';
  return run.stalled ? `stalled (${run.stalled.reason.replaceAll('_', ' ')})` : run.state;
}

function headline(run: RunView, paint: (style: Color, text: string) => string): string {
  const style: Color = run.outcome === 'succeeded' ? 'green' : run.outcome === 'failed' ? 'red' : 'yellow';
  const { previous, current } = run.fingerprints;
  const tokens = `token ${previous ?? '–'} → ${current ?? '–'}`;
  const time = run.durationMs === null ? '' : `  ${seconds(run.durationMs)}`;
  return `${paint('bold', run.rotation)}  ${run.id}  ${paint(run.outcome === null && !run.stalled ? 'cyan' : style, verdict(run))}${time}  ${tokens}`;
}

/** Nothing until the run is over: what is not measured yet is not "not measured". */
function costs(run: RunView, events: Events | 'not_yet'): string[] {
  const gap = `auth gap ${authGap(run)}`;
  return events === 'not_yet' ? [gap] : [gap, `events lost ${lost(events)}`];
}

function timeOf(
  { durationMs, startedAt, status }: RunView['steps'][number],
  now: number | undefined,
): string {
  if (durationMs !== null) return seconds(durationMs);
  if (now === undefined || status !== 'running' || startedAt === null) return '';
  return seconds(Math.max(0, now - Date.parse(startedAt)));
}

function authGap({ authGapMs, authGapResolutionMs }: RunView): string {
  if (authGapMs === null) return 'not measured';
  return `${seconds(authGapMs)} ± ${seconds(authGapResolutionMs ?? 0)}`;
}

function lost({ sent, lost: missing }: Events): string {
  return missing === null ? 'not measured' : `${missing} of ${sent}`;
}

function seconds(ms: number): string {
  return ms < 60_000
    ? `${(ms / 1_000).toFixed(1)}s`
    : `${Math.floor(ms / 60_000)}m${String(Math.round((ms % 60_000) / 1_000)).padStart(2, '0')}s`;
}

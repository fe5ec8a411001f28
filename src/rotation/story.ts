import type { Entry } from '../journal/journal.js';
import type { Pin } from '../stores/store.js';
import type { Delivery } from './delivery.js';
import type { Millis, Run, RunState, StateName } from './run.js';
import { stallOf } from './run.js';

export type StepStatus = 'done' | 'running' | 'stalled' | 'failed';

/** One stage of a run as people see it: from its first entry to the first of the next. */
export type Step = {
  readonly name: string;
  readonly status: StepStatus;
  readonly startedAt: Millis;
  readonly endedAt?: Millis;
  readonly notes: readonly string[];
};

/** `prepared` is the end of the step before it, not a step of its own. */
const NAMES: Record<StateName, string | undefined> = {
  preparing: 'prepare',
  anchoring: 'anchor',
  prepared: undefined,
  setting: 'set',
  resetting: 'reset',
  accepting: 'accept',
  promoting: 'promote',
  settling: 'settle',
  settled: 'deliver',
  ended: 'end',
};

/** Undefined for a state that still belongs to the step before it. */
export function stepNameOf({ state }: RunState): string | undefined {
  return NAMES[state];
}

/** Whether the run has ended, and for something that happened in this step, its last. */
export function brokeIn({ state, deliveries }: Run, step: string): boolean {
  return state.state === 'ended' && brokeHere(state, deliveries, step);
}

/** The steps of a run from its log, in order; a step that is come back to stands again. */
export function stepsOf(run: Run, entries: readonly Entry[]): Step[] {
  const steps: Step[] = [];
  for (const entry of entries) {
    const last = steps.at(-1);
    const name = entry.state && NAMES[entry.state.state];
    if (name === undefined || last?.name === name) {
      if (last && entry.note !== undefined)
        steps[steps.length - 1] = { ...last, notes: [...last.notes, entry.note] };
      continue;
    }
    if (last) steps[steps.length - 1] = { ...last, status: 'done', endedAt: entry.at };
    const notes = entry.note === undefined ? [] : [entry.note];
    if (name !== 'end') steps.push({ name, status: 'running', startedAt: entry.at, notes });
  }
  return withVerdict(run, steps);
}

function withVerdict(run: Run, steps: Step[]): Step[] {
  const last = steps.pop();
  if (!last) return steps;
  if (stallOf(run.state)) return [...steps, { ...last, status: 'stalled' }];
  if (run.state.state !== 'ended') return [...steps, last];
  const status = brokeIn(run, last.name) ? 'failed' : 'done';
  return [...steps, { ...last, status, ...(run.endedAt !== undefined && { endedAt: run.endedAt }) }];
}

function brokeHere(
  state: Extract<RunState, { state: 'ended' }>,
  deliveries: readonly Delivery[],
  step: string,
): boolean {
  if (step === 'deliver') return deliveries.some((delivery) => delivery.state === 'failed');
  // The way back itself went well: what failed is said by the reason.
  return state.outcome === 'failed' && state.reason !== 'rolled_back';
}

/** The token versions of a run, as far as they are known. */
export function fingerprintsOf({ state }: Run): { previous: string | null; current: string | null } {
  const { previous, current } = pinsOf(state);
  return { previous: previous?.fingerprint ?? null, current: current?.fingerprint ?? null };
}

/** What a run in this state brings about, and what was in force before, as far as they are known. */
export function pinsOf(state: RunState): { readonly previous?: Pin; readonly current?: Pin } {
  switch (state.state) {
    case 'preparing':
    case 'anchoring':
      return {};
    case 'prepared':
    case 'resetting':
      return { previous: state.previous };
    case 'setting':
    case 'accepting':
    case 'promoting':
    case 'settling': {
      const { previous, wanted } = state.aim;
      return { ...(previous && { previous }), current: wanted };
    }
    case 'settled':
    case 'ended': {
      const { previous, current } = state;
      return { ...(previous && { previous }), ...(current && { current }) };
    }
  }
}

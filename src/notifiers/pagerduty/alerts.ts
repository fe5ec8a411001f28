import type { CloudEvent } from '../../events/cloud-event.js';
import { nameOf } from '../../events/cloud-event.js';
import type { EventName } from '../../events/schemas.js';

/** As PagerDuty has them: https://developer.pagerduty.com/docs/send-alert-event */
export const SEVERITIES = ['critical', 'error', 'warning', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What may be wrong with a rotation at one time, each with an end of its own. */
type Problem =
  'run' | 'rehearsal' | 'stalled' | 'deliveries' | 'overdue' | 'drift' | 'credential' | 'scheduler';

type Raised = { readonly severity: Severity; readonly problem: Problem };

/** What somebody can be called for, how badly unless the config says otherwise, and what is wrong then. */
const RAISED = {
  'rotation.failed': { severity: 'critical', problem: 'run' },
  'rotation.partial': { severity: 'error', problem: 'run' },
  'delivery.failed': { severity: 'error', problem: 'run' },
  'rotation.stalled': { severity: 'error', problem: 'stalled' },
  'deliveries.paused': { severity: 'warning', problem: 'deliveries' },
  'token.overdue': { severity: 'critical', problem: 'overdue' },
  'drift.detected': { severity: 'error', problem: 'drift' },
  'credential.expiring': { severity: 'warning', problem: 'credential' },
  'scheduler.stalled': { severity: 'critical', problem: 'scheduler' },
} as const satisfies Partial<Record<EventName, Raised>>;

export type Raising = keyof typeof RAISED;
export const RAISING = Object.keys(RAISED) as Raising[];

const OF_ENDED_RUNS = [
  'rotation.succeeded',
  'rotation.partial',
  'rotation.failed',
  'rotation.cancelled',
] as const;

/** Nobody looks after it any more, so that no other end would ever come. */
const REMOVED = 'rotation.removed';

/** Events that may end each problem; which run can is for `alertsOf`. */
const ENDED_BY: Readonly<Record<Problem, readonly EventName[]>> = {
  run: ['rotation.succeeded', REMOVED],
  rehearsal: ['rotation.succeeded', REMOVED],
  stalled: ['rotation.unstalled', REMOVED],
  deliveries: ['deliveries.resumed', ...OF_ENDED_RUNS, REMOVED],
  overdue: ['rotation.succeeded', 'rotation.partial', REMOVED],
  drift: ['drift.ended', REMOVED],
  credential: ['credential.settled'],
  scheduler: ['scheduler.resumed', 'scheduler.gone'],
};

/** Whoever is called for these has to hear of what ends them as well. */
export function heardFor(raising: readonly Raising[]): EventName[] {
  const enders = raising.flatMap((name) => ENDED_BY[RAISED[name].problem]);
  return [...new Set<EventName>([...raising, ...enders])];
}

export type Alert = {
  readonly problem: Problem;
} & ({ readonly action: 'trigger'; readonly severity: Severity } | { readonly action: 'resolve' });

/**
 * What an event means to whoever is called: what it ends first. A rehearsal changes no token, so that it mends nothing
 * but a rehearsal; an adoption makes no token young.
 */
export function alertsOf(
  { type, data }: Pick<CloudEvent, 'type' | 'data'>,
  raising: Readonly<Partial<Record<Raising, Severity>>>,
): Alert[] {
  const name = nameOf(type);
  const mode = modeOf(data);
  const raised = isRaising(name) ? raising[name] : undefined;
  const problem = isRaising(name) ? problemOf(name, mode) : undefined;
  const ended = (Object.keys(ENDED_BY) as Problem[]).filter(
    (one) => one !== problem && ENDED_BY[one].some((ender) => ender === name) && mends(mode, one),
  );
  const isCalledFor = (one: Problem): boolean => RAISING.some((each) => raising[each] && couldBe(each, one));
  return [
    ...ended.filter(isCalledFor).map((one) => ({ action: 'resolve', problem: one }) as const),
    ...(raised && problem ? [{ action: 'trigger', problem, severity: raised } as const] : []),
  ];
}

/** Each with how badly: what the config says, else what Rotor does. */
export function severitiesOf(
  raising: readonly Raising[],
  declared: Readonly<Partial<Record<Raising, Severity>>>,
): Readonly<Partial<Record<Raising, Severity>>> {
  return Object.fromEntries(raising.map((name) => [name, declared[name] ?? RAISED[name].severity]));
}

function isRaising(name: string): name is Raising {
  return Object.hasOwn(RAISED, name);
}

function problemOf(name: Raising, mode: string | undefined): Problem {
  const { problem } = RAISED[name];
  return problem === 'run' && mode === 'rehearse' ? 'rehearsal' : problem;
}

function couldBe(name: Raising, problem: Problem): boolean {
  return [problemOf(name, undefined), problemOf(name, 'rehearse')].includes(problem);
}

/** What has no mode is no end of a run, and ends what it is the end of. */
function mends(mode: string | undefined, problem: Problem): boolean {
  if (mode === undefined) return true;
  if (problem === 'run') return mode !== 'rehearse';
  if (problem === 'rehearsal') return mode === 'rehearse';
  return problem !== 'overdue' || mode === 'rotate';
}

function modeOf(data: unknown): string | undefined {
  const { run } = (data ?? {}) as { readonly run?: { readonly mode?: string } };
  return run?.mode;
}

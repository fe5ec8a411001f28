import type { CloudEvent } from '../events/cloud-event.js';
import { nameOf } from '../events/cloud-event.js';
import type { EventData, EventName } from '../events/schemas.js';
import { SAID_OF_APPROVALS } from './said-approvals.js';

export type Tone = 'good' | 'news' | 'warning' | 'bad';

/** An event in words, for whoever reads rather than parses. */
export type Said = {
  readonly tone: Tone;
  /** One line. */
  readonly title: string;
  /** Sentences. */
  readonly detail?: string;
  readonly facts: readonly (readonly [string, string])[];
  /** What to do, or where to look. */
  readonly next?: string;
  readonly run?: string;
};

type Say<Data> = (data: Data, subject: string) => Said;
type Ended = EventData<'rotation.failed'>;
type Run = EventData<'rotation.started'>['run'];

/** What has no words of its own is told by its name and by what nearly every event has. */
export function saidOf({ type, subject, data }: CloudEvent): Said {
  const name = nameOf(type);
  // Each event was written by the schema that its own words are typed with.
  const say = (SAID as Partial<Record<string, Say<unknown>>>)[name];
  return say ? say(data, subject) : plainly(name, subject, data);
}

function plainly(name: string, subject: string, data: unknown): Said {
  const { detail, reason, by } = (data ?? {}) as Partial<Record<'detail' | 'reason' | 'by', unknown>>;
  const texts = Object.entries({ Why: reason, Who: by }).filter(([, value]) => typeof value === 'string');
  return {
    tone: 'news',
    title: `${subject}: ${name}`,
    ...(typeof detail === 'string' && { detail }),
    facts: texts as [string, string][],
  };
}

const WORDS = { rotate: 'Rotation', adopt: 'Adoption', rehearse: 'Rehearsal' } as const;
const STARTERS = { schedule: 'the schedule', watch: 'the watch', api: 'the API' } as const;

function ended(tone: Tone, how: string): Say<Ended> {
  return ({ run, detail, authGapMs, deliveries, code }, subject) => ({
    tone,
    title: `${WORDS[run.mode]} of ${subject} ${how}`,
    detail,
    facts: [
      ...(code === null ? [] : ([['Code', code]] as const)),
      ['Auth gap', authGapMs === null ? 'not measured' : seconds(authGapMs)],
      ['Targets', tally(deliveries)],
      ...factsOf(run),
    ],
    ...(tone !== 'good' && { next: `rotor watch ${run.id}` }),
    run: run.id,
  });
}

function inRun(
  tone: Tone,
  title: string,
  run: Run,
  rest: { readonly detail?: string; readonly facts?: Said['facts']; readonly next?: string } = {},
): Said {
  return { tone, title, ...rest, facts: [...(rest.facts ?? []), ...factsOf(run)], run: run.id };
}

const SAID: { readonly [Name in EventName]?: Say<EventData<Name>> } = {
  'rotation.started': ({ run }, subject) =>
    inRun('news', `${WORDS[run.mode]} of ${subject} has started`, run),
  'rotation.succeeded': ended('good', 'succeeded'),
  'rotation.partial': ended('warning', 'left something to do'),
  'rotation.failed': ended('bad', 'failed'),
  'rotation.cancelled': ended('news', 'was cancelled'),
  'rotation.stalled': ({ run, reason, detail, since }, subject) =>
    inRun('bad', `${WORDS[run.mode]} of ${subject} waits`, run, {
      detail,
      facts: [
        ['Code', reason],
        ['Since', since],
      ],
      next: `rotor watch ${run.id}`,
    }),
  'rotation.unstalled': ({ run, reason, since }, subject) =>
    inRun('good', `${WORDS[run.mode]} of ${subject} waits no longer`, run, {
      facts: [
        ['It waited for', reason],
        ['Since', since],
      ],
    }),
  'rotation.paused': ({ reason, until }, subject) => ({
    tone: 'news',
    title: `${subject} is paused`,
    facts: [
      ['Why', reason],
      ['Until', until ?? 'somebody resumes it'],
    ],
  }),
  ...SAID_OF_APPROVALS,
  'rotation.resumed': ({ reason }, subject) => ({
    tone: 'news',
    title: `${subject} is no longer paused`,
    facts: [['Why', reason]],
  }),
  'delivery.failed': ({ run, target, problem, tries }, subject) =>
    inRun('bad', `${subject}: target ${target} does not have the token`, run, {
      ...(problem && { detail: problem.detail }),
      facts: [['Tries that failed', String(tries)]],
      next: `rotor watch ${run.id}`,
    }),
  'delivery.converged': ({ run, target }, subject) =>
    inRun('good', `${subject}: target ${target} runs with the token now`, run),
  'verification.failed': ({ run, check, detail }, subject) =>
    inRun(
      check === 'new_token' ? 'bad' : 'warning',
      check === 'new_token'
        ? `The new token of ${subject} was not accepted`
        : `The old token of ${subject} is still accepted`,
      run,
      { detail, next: `rotor watch ${run.id}` },
    ),
  'deliveries.paused': ({ run, reason, by, waiting }, subject) =>
    inRun('warning', `${subject}: deliveries are paused`, run, {
      detail: reason,
      facts: [
        ['Paused by', by ?? 'a target that failed'],
        ['Waiting targets', String(waiting)],
      ],
      next: `rotor resume ${run.id}`,
    }),
  'deliveries.resumed': ({ run }, subject) => inRun('news', `${subject}: deliveries go on`, run),
  'drift.detected': ({ detail, repair, since }, subject) => ({
    tone: 'bad',
    title: `${subject} is out of step`,
    detail,
    facts: [['Since', since]],
    next: repair,
  }),
  'drift.ended': ({ detail, mendedBy }, subject) => ({
    tone: 'good',
    title: `${subject} is in step again`,
    detail: `It was: ${detail}`,
    facts: mendedBy === null ? [] : [['Mended by', mendedBy]],
  }),
  'token.due': ({ tokenSince, dueSince, held }, subject) => ({
    tone: 'news',
    title: `The token of ${subject} is due, and its run waits`,
    facts: [
      ['Held back by', [held.by, held.reason].filter((text) => text !== null).join(': ')],
      ['Until', held.until ?? 'somebody resumes it'],
      ['Due since', dueSince],
      ['Token since', tokenSince],
    ],
    next: `rotor plan ${subject}`,
  }),
  'token.overdue': ({ tokenSince, overdueSince }, subject) => ({
    tone: 'bad',
    title: `The token of ${subject} is too old`,
    facts: [
      ['Token since', tokenSince],
      ['Too old since', overdueSince],
    ],
    next: `rotor status ${subject}`,
  }),
  'scheduler.stalled': ({ instance, since, problem }) => ({
    tone: 'bad',
    title: `Nothing is started by schedule on ${instance}`,
    ...(problem && { detail: problem.detail }),
    facts: [['The schedule was last read', since]],
    next: 'look at the log and at /readyz?verbose of that process',
  }),
  'scheduler.resumed': ({ instance, at }) => ({
    tone: 'good',
    title: `The schedule is read again on ${instance}`,
    facts: [['At', at]],
  }),
  'scheduler.gone': ({ instance, since, seenBy }) => ({
    tone: 'news',
    title: `Nothing is heard of ${instance} any more, whose schedule had stalled`,
    facts: [
      ['The schedule was last read', since],
      ['Noticed by', seenBy],
    ],
  }),
  'rotation.removed': ({ detail }, subject) => ({
    tone: 'news',
    title: `${subject} has left the config`,
    detail,
    facts: [],
  }),
  'credential.settled': ({ kind, token, why }) => ({
    tone: 'good',
    title: `${credentialOf(kind, token)} ${SETTLED[why]}`,
    facts: [],
  }),
  'credential.expiring': ({ kind, token, expiresAt }) => ({
    tone: 'warning',
    title: `${credentialOf(kind, token)} ends soon`,
    facts: [['Ends', expiresAt]],
    next: token === null ? 'make a new one, and put it where the config refers to' : 'rotor token create',
  }),
};

const SETTLED = {
  renewed: 'was renewed',
  revoked: 'was revoked',
  over: 'ended a week ago',
} as const;

function credentialOf(kind: string, token: EventData<'credential.expiring'>['token']): string {
  return token === null ? kind : `API token ${token.name} (${token.id})`;
}

function factsOf({ id, trigger, resource, store, previous, current }: Run): Said['facts'] {
  const who = trigger.by ?? STARTERS[trigger.kind];
  const facts: readonly (readonly [string, string | null])[] = [
    ['Started by', `${who}: ${trigger.reason}`],
    ['Approved by', trigger.approvedBy ?? null],
    ['Token', previous === null && current === null ? null : `${previous ?? '?'} → ${current ?? '?'}`],
    ['Resource', resource],
    ['Store', store],
    ['Run', id],
  ];
  return facts.flatMap(([label, value]) => (value === null ? [] : [[label, value] as const]));
}

function tally(deliveries: Ended['deliveries']): string {
  if (deliveries.length === 0) return 'none';
  const states = Map.groupBy(deliveries, ({ state }) => state);
  const texts = [...states].map(([state, some]) =>
    state === 'converged' || state === 'assumed'
      ? `${some.length} ${state}`
      : `${some.length} ${state} (${some.map(({ target }) => target).join(', ')})`,
  );
  return texts.join(', ');
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`;
}

import { z } from 'zod';
import { DELIVERY_STATES } from '../rotation/delivery.js';
import { approvalEvents } from './approval-schema.js';
import { problem, time } from './parts.js';
import { ofTheService } from './service-schemas.js';

/** What each event says. The one source of types and of `docs/events`; a token never: its fingerprint alone. */

const fingerprint = z
  .string()
  .regex(/^[0-9a-f]{8}$/)
  .describe('First 8 hex digits of the SHA-256 of a token.');

const run = z
  .strictObject({
    id: z.string().describe('Of the run: GET /v1/runs/{id} tells all of it.'),
    mode: z
      .enum(['rotate', 'adopt', 'rehearse'])
      .describe('adopt stores and delivers the token in force; rehearse does so too, as a trial.'),
    trigger: z
      .strictObject({
        kind: z.enum(['schedule', 'api', 'watch']).describe('What started it.'),
        reason: z.string().describe('Why, in the words of who started it.'),
        by: z.string().nullable().describe('Who has asked for it; null where nobody did.'),
        approvedBy: z
          .string()
          .exactOptional()
          .describe('Who has allowed it, where each new token needs the approval of somebody else.'),
      })
      .describe('Why the run was started.'),
    startedAt: time,
    resource: z.string().nullable().describe('Whose token it is; null until that is known.'),
    store: z.string().describe('Where the value lives: a reference, never the value.'),
    previous: fingerprint.nullable().describe('Of the token before; null where it is not known yet.'),
    current: fingerprint
      .nullable()
      .describe('Of the token that the run brings about; null before there is one.'),
  })
  .describe('The run that it happened in.');

const delivery = z.strictObject({
  target: z.string().describe('Name of the target.'),
  state: z
    .enum(DELIVERY_STATES)
    .describe(
      'assumed: delivered, and nobody could look; needs_release: only a new version of the application gets it.',
    ),
});

const ended = z.strictObject({
  run,
  reason: z.string().nullable().describe('Why it ended so; null where all went well.'),
  code: z.string().nullable().describe('Of the fault that ended it, where one did.'),
  detail: z.string().describe('What holds now and what to do next; for a person.'),
  endedAt: time,
  authGapMs: z
    .int()
    .nullable()
    .describe(
      'How long the old token was refused before the last target ran with the new one; null: not measured.',
    ),
  deliveries: z.array(delivery).describe('What became of each target.'),
});

export const eventData = {
  'rotation.started': z.strictObject({ run }).describe('A run was opened.'),
  'rotation.succeeded': ended.describe('A run ended, and every target has the token.'),
  'rotation.partial': ended.describe('A run ended with the token current, and something is left to do.'),
  'rotation.failed': ended.describe('A run ended without its token being current.'),
  'rotation.cancelled': ended.describe(
    'A person ended a run before anything was sent: every token is where it was.',
  ),
  'rotation.stalled': z
    .strictObject({
      run,
      reason: z.string().describe('A code of Rotor: what it waits for.'),
      detail: z.string().describe('A sentence for a person.'),
      since: time,
    })
    .describe('A run waits for upstream or for a person. Said once for each reason.'),
  'rotation.unstalled': z
    .strictObject({
      run,
      reason: z.string().describe('What it has waited for, as rotation.stalled said it.'),
      since: time,
    })
    .describe('A run that was stalled goes on, or has ended.'),
  'rotation.paused': z
    .strictObject({
      reason: z.string().describe('In the words of who paused it.'),
      until: time.nullable().describe('null: until somebody resumes it.'),
    })
    .describe('A person said that no run is to start.'),
  'rotation.resumed': z
    .strictObject({ reason: z.string().describe('In the words of who resumed it.') })
    .describe('A person ended a pause.'),
  ...approvalEvents,
  'delivery.failed': z
    .strictObject({
      run,
      target: z.string().describe('Name of the target.'),
      fingerprint,
      tries: z.int().describe('Tries that failed.'),
      problem: problem.nullable().describe('What the last one failed with.'),
    })
    .describe('A target did not get the token, or did not come to run with it in time.'),
  'delivery.converged': z
    .strictObject({ run, target: z.string().describe('Name of the target.'), fingerprint })
    .describe('A target of which delivery.failed was said, in this run or before, runs with the token.'),
  'verification.failed': z
    .strictObject({
      run,
      check: z
        .enum(['new_token', 'old_token'])
        .describe('new_token: it was not accepted, and the one before is put back; old_token: it still is.'),
      detail: z.string().describe('A sentence for a person.'),
    })
    .describe('The APM Server did not do with a token what a run waited for. Said once a run and check.'),
  'deliveries.paused': z
    .strictObject({
      run,
      reason: z.string().describe('The target that failed and why, or the words of who paused them.'),
      by: z.string().nullable().describe('Who; null where a failed target did.'),
      since: time,
      waiting: z.int().describe('Targets whose turn has not come.'),
    })
    .describe('No delivery of the run begins until somebody resumes.'),
  'deliveries.resumed': z.strictObject({ run }).describe('The deliveries of the run go on.'),
  'drift.detected': z
    .strictObject({
      kind: z.string().describe('What no longer agrees.'),
      detail: z.string().describe('What was seen, a sentence.'),
      adoptable: z.boolean().describe('A run of mode adopt can mend it.'),
      repair: z.string().describe('The one command, or the one thing to do first.'),
      since: time,
    })
    .describe('Issuer, APM Server, store and targets no longer agree, although no run is on its way.'),
  'drift.ended': z
    .strictObject({
      detail: z.string().describe('What was out of step, as drift.detected said it.'),
      mendedBy: z
        .string()
        .nullable()
        .describe('The run that has mended it; null where it was something else.'),
    })
    .describe('What drift.detected said is no longer so: all agree again, or a run has begun anew.'),
  'token.due': z
    .strictObject({
      tokenSince: time,
      dueSince: time,
      held: z
        .strictObject({
          by: z.enum(['pause', 'blackout', 'window']).describe('What keeps its run from starting.'),
          until: time.nullable().describe('null: until somebody says so.'),
          reason: z.string().nullable().describe("In a person's words."),
        })
        .describe('Why it was not started.'),
    })
    .describe('A token is due by its age, and its run may not start yet. Said once a token.'),
  'token.overdue': z
    .strictObject({
      tokenSince: time,
      maxAgeMs: z.int().describe('The policy: no token lives longer.'),
      overdueSince: time,
    })
    .describe('A token is older than maxAge.'),
  ...ofTheService,
} as const;

export type EventName = keyof typeof eventData;
export type EventData<Name extends EventName> = z.output<(typeof eventData)[Name]>;

/** Of which no rotation chooses who hears: every notifier may. */
export const OF_THE_SERVICE: ReadonlySet<string> = new Set(Object.keys(ofTheService));

export const EVENT_NAMES = Object.keys(eventData) as EventName[];

/** Something that happened to a rotation; of what happened to the service `rotation` is the subject. */
export type RotorEvent = {
  readonly [Name in EventName]: {
    readonly name: Name;
    readonly rotation: string;
    readonly data: EventData<Name>;
  };
}[EventName];

import { z } from 'zod';
import { ROTATION_STATES } from '../../rotation-states.js';
import { fingerprint, milliseconds, mode, outcome, paused, STATES, target, time } from './shared.js';

/** Of rotations, and how they stand. */

const Hold = z.strictObject({
  by: z.enum(['pause', 'blackout', 'window', 'jitter', 'back_off']),
  until: time.nullable(),
  reason: z.string().nullable(),
});

export const RotationView = z
  .strictObject({
    name: z.string(),
    labels: z.record(z.string(), z.string()),
    drivenBy: z.enum(['aws']).nullable().describe('Who alone asks for a new token; null: Rotor.'),
    state: z.enum(ROTATION_STATES).describe('The worst that is true.'),
    held: Hold.nullable().describe('Why a run that is due does not start.'),
    approval: z
      .strictObject({
        required: z.boolean().describe('Each new token needs the approval of somebody else.'),
        pending: z.string().nullable().describe('The approval that somebody has to decide on.'),
        granted: z
          .strictObject({ id: z.string(), until: time })
          .nullable()
          .describe('From which the schedule starts a run, within its rules, until then.'),
        asksAgainAt: time
          .nullable()
          .describe('From when on the schedule asks again, after a no or where nobody has decided in time.'),
      })
      .describe('Of a new token; see `GET /v1/approvals`.'),
    pause: z.strictObject({ reason: z.string(), until: time.nullable() }).nullable(),
    deliveriesPaused: paused
      .extend({ run: z.string() })
      .nullable()
      .describe('Of the newest token: none begins until somebody resumes the run.'),
    drift: z
      .strictObject({
        kind: z.string(),
        detail: z.string(),
        adoptable: z.boolean(),
        repair: z.string(),
        since: time,
      })
      .nullable()
      .describe('What was out of step, seen twice.'),
    fingerprint: fingerprint.nullable().describe('Of the token that became current last.'),
    tokenSince: time
      .nullable()
      .describe(
        'From when its age counts: the newest rotation (without one: when Rotor first knew of it), or when it was first current where it was replaced and is in force again, and that was before; null also where that is not known.',
      ),
    replacedBefore: z
      .strictObject({
        at: time.describe('When it was replaced.'),
        run: z.string().describe('The run that had replaced it, or had found another one in its place.'),
        detail: z.string(),
        repair: z.string(),
      })
      .nullable()
      .describe('The token in force is one that another had replaced; until a run has settled a new one.'),
    maxAgeMs: milliseconds.nullable().describe('Older than this a token is overdue.'),
    renewBeforeMs: milliseconds.nullable().describe('So long before that it is due.'),
    nextDueAt: time
      .nullable()
      .describe(
        'When a run starts by schedule, or is asked for, if nothing else happens; null while somebody has to decide.',
      ),
    skippedInEmergency: z
      .array(z.string())
      .describe('What a run of mode emergency would leave out now of what is declared, a phrase each.'),
    outOfSchedule: z
      .array(z.string())
      .describe(
        'What keeps the schedule from starting a run now, and no person: a blackout, a closed window; a phrase each.',
      ),
    lastRun: z
      .strictObject({
        id: z.string(),
        mode,
        state: z.enum(STATES),
        outcome: outcome.nullable(),
        detail: z.string().nullable(),
        startedAt: time,
      })
      .nullable(),
  })
  .meta({ id: 'Rotation' });

export const RotationList = z
  .strictObject({
    rotations: z.array(RotationView).describe('In the order of the config.'),
    next: z.string().nullable().describe('The next page; also in `Link`.'),
  })
  .meta({ id: 'RotationList' });

export const RotationDetail = RotationView.extend({
  timezone: z.string().describe('Of its schedule, an IANA name.'),
  schedule: z
    .strictObject({
      cron: z.string().nullable(),
      windowMs: milliseconds.nullable().describe('How long after a firing of the cron a run may start.'),
      jitterMs: milliseconds.describe('Its own share: so much later than others its runs start.'),
      catchUp: z.enum(['next-window', 'now', 'skip']),
      blackouts: z.array(z.strictObject({ from: time, to: time, reason: z.string() })),
    })
    .describe('As declared, `defaults` included.'),
  targets: z.array(target).describe('As declared.'),
  nextStarts: z
    .array(z.iso.datetime({ offset: true }))
    .describe('By the clock of that zone; as if each run succeeded at once.'),
}).meta({ id: 'RotationDetail' });

import { z } from 'zod';

/** What the API answers with. Tokens appear as fingerprints alone; what was not measured is null, never 0. */

const time = z.iso.datetime().describe('RFC 3339, in UTC.');
const fingerprint = z.string().describe('The first eight hex digits of the SHA-256 of a token.');
const count = z.int().min(0);
const milliseconds = count.describe('Milliseconds.');

const STATES = [
  'preparing',
  'anchoring',
  'prepared',
  'setting',
  'resetting',
  'accepting',
  'promoting',
  'settling',
  'settled',
  'ended',
] as const;
export const OUTCOMES = ['succeeded', 'partial', 'failed', 'cancelled'] as const;
const outcome = z.enum(OUTCOMES);
export const MODES = ['rotate', 'adopt', 'rehearse'] as const;
const mode = z.enum(MODES);
const WISHES = ['retry', 'cancel', 'adopt', 'rollback', 'reset_again'] as const;
const wish = z.enum(WISHES);

export const Problem = z
  .strictObject({
    type: z
      .string()
      .describe('A URI that stays the same for this kind of problem: `urn:rotor:problem:<code>`.'),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string().describe('A sentence for a person. It may change.'),
    hint: z.string().optional().describe('What to do next.'),
    runId: z.string().optional().describe('The run that stands in the way.'),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details.' });

export const Started = z
  .strictObject({ id: z.string(), rotation: z.string() })
  .meta({ id: 'Started', description: 'The run is on its way; `Location` says where it is.' });

const Fingerprints = z.strictObject({ previous: fingerprint.nullable(), current: fingerprint.nullable() });

export const RunSummary = z
  .strictObject({
    id: z.string(),
    rotation: z.string(),
    mode,
    trigger: z.strictObject({
      kind: z.enum(['schedule', 'api', 'watch']),
      reason: z.string(),
      by: z.string().nullable().describe('Who asked, where the API was asked.'),
    }),
    resource: z.string().nullable().describe('What the issuer has resolved; null until then.'),
    chosen: z.string().nullable().describe('Why this issuer, where Rotor has found that out.'),
    state: z.enum(STATES),
    waitingFor: z.string().nullable(),
    asked: z
      .strictObject({ what: wish, reason: z.string(), by: z.string().nullable() })
      .nullable()
      .describe('What a person has asked and is not answered yet.'),
    mayAsk: z.array(wish).describe('What a person may ask of it, where it says that it needs one.'),
    stalled: z
      .strictObject({ reason: z.string(), detail: z.string(), since: time.nullable() })
      .nullable()
      .describe('It needs a person, or waits for an upstream.'),
    outcome: outcome.nullable(),
    reason: z.string().nullable(),
    code: z.string().nullable(),
    detail: z.string().nullable(),
    fingerprints: Fingerprints,
    authGapMs: milliseconds.nullable().describe('How long nobody could be sure that agents were accepted.'),
    authGapResolutionMs: milliseconds.nullable(),
    events: z.strictObject({
      sent: count.nullable(),
      accepted: count.nullable(),
      lost: count.nullable(),
    }),
    credentialExpires: time.nullable(),
    startedAt: time.nullable(),
    endedAt: time.nullable(),
    durationMs: milliseconds.nullable(),
  })
  .meta({ id: 'RunSummary' });

export const RunList = z
  .strictObject({
    runs: z.array(RunSummary).describe('Newest first.'),
    next: z.string().nullable().describe('The next page; also in `Link`.'),
  })
  .meta({ id: 'RunList' });

export const RunView = RunSummary.extend({
  steps: z.array(
    z.strictObject({
      name: z.string(),
      status: z.enum(['done', 'running', 'stalled', 'failed']),
      startedAt: time.nullable(),
      durationMs: milliseconds.nullable(),
      notes: z.array(z.string()),
    }),
  ),
  deliveries: z.array(
    z.strictObject({
      target: z.string(),
      state: z.enum(['waiting', 'delivering', 'observing', 'converged', 'assumed', 'failed', 'superseded']),
      fingerprint,
      tries: count.describe('That failed.'),
      seen: z
        .strictObject({ converged: count, of: count })
        .nullable()
        .describe('Instances that run with the token; null where nobody can look.'),
      problem: z.strictObject({ code: z.string(), detail: z.string() }).nullable(),
    }),
  ),
  seq: count.describe('Of the newest entry of its log.'),
}).meta({ id: 'Run' });

const Hold = z.strictObject({
  by: z.enum(['pause', 'blackout', 'window', 'jitter', 'back_off']),
  until: time.nullable(),
  reason: z.string().nullable(),
});

export const ROTATION_STATES = [
  'stalled',
  'rotating',
  'drifted',
  'overdue',
  'failed',
  'degraded',
  'paused',
  'due',
  'fresh',
  'new',
] as const;

export const RotationView = z
  .strictObject({
    name: z.string(),
    labels: z.record(z.string(), z.string()),
    drivenBy: z.enum(['aws']).nullable().describe('Who alone asks for a new token; null: Rotor.'),
    state: z.enum(ROTATION_STATES).describe('The worst that is true.'),
    held: Hold.nullable().describe('Why a run that is due does not start.'),
    pause: z.strictObject({ reason: z.string(), until: time.nullable() }).nullable(),
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
    tokenSince: time.nullable(),
    nextDueAt: time.nullable().describe('When a run starts by schedule if nothing else happens.'),
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

export const RotationList = z.strictObject({ rotations: z.array(RotationView) }).meta({ id: 'RotationList' });

export const RotationDetail = RotationView.extend({
  timezone: z.string().describe('Of its schedule, an IANA name.'),
  nextStarts: z
    .array(z.iso.datetime({ offset: true }))
    .describe('By the clock of that zone; as if each run succeeded at once.'),
}).meta({ id: 'RotationDetail' });

export const Plan = z
  .strictObject({
    planId: z
      .string()
      .describe('To start exactly this: `POST …/runs` with it is refused (412) where the world has changed.'),
    digest: z.string().describe('SHA-256 over all that the plan depends on.'),
    expiresAt: time,
    rotation: z.string(),
    verdict: z.enum(['ready', 'would_wait', 'would_refuse']),
    resource: z.string().nullable(),
    chosen: z.string().nullable().describe('Why this issuer, where Rotor has found that out.'),
    tokenChosenBy: z.enum(['issuer', 'Rotor']).nullable(),
    fingerprint: fingerprint.nullable().describe('Of the token in force; null where it cannot be read.'),
    steps: z.array(z.string()),
    targets: z.array(z.strictObject({ name: z.string(), type: z.string() })),
    authGapEstimateMs: milliseconds.nullable().describe('The middle one of the runs that were measured.'),
    warnings: z.array(z.string()),
    code: z.string().nullable(),
    detail: z.string(),
  })
  .meta({ id: 'Plan' });

const connections = z.strictObject({ accepted: count, refused: count, unclear: count });
const seenTarget = z.discriminatedUnion('state', [
  z.strictObject({ name: z.string(), state: z.literal('converged'), seen: count, of: count }),
  z.strictObject({ name: z.string(), state: z.literal('pending'), seen: count, of: count }),
  z.strictObject({ name: z.string(), state: z.literal('assumed') }),
  z.strictObject({ name: z.string(), state: z.literal('unknown'), why: z.string() }),
]);

export const Verification = z
  .strictObject({
    rotation: z.string(),
    verdict: z.enum(['in_step', 'drifted', 'busy']),
    busy: z.string().nullable(),
    drift: z
      .strictObject({ kind: z.string(), detail: z.string(), adoptable: z.boolean(), repair: z.string() })
      .nullable(),
    issuer: fingerprint.nullable().describe('Null where the issuer does not show it.'),
    store: fingerprint.nullable(),
    connections: connections.nullable().describe("Fresh connections with the store's token."),
    targets: z.array(seenTarget),
  })
  .meta({ id: 'Verification' });

export const BulkStarted = z
  .strictObject({
    runs: z.array(Started),
    refused: z.array(z.strictObject({ rotation: z.string(), problem: Problem })),
  })
  .meta({ id: 'BulkStarted' });

export const AuditReport = z
  .strictObject({
    runs: count,
    entries: count,
    acts: count.describe('What people have said of rotations beside their runs.'),
    head: z
      .string()
      .nullable()
      .describe('Noted elsewhere, it shows later that the newest runs were not removed.'),
    faults: z
      .array(z.strictObject({ run: z.string().nullable(), seq: z.int().nullable(), what: z.string() }))
      .describe('A hundred at the most.'),
  })
  .meta({ id: 'AuditReport' });

export const ApiTokenView = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    grants: z.array(z.string()).describe('Such as `read` or `rotate[env=prod]`.'),
    state: z.enum(['active', 'expired', 'revoked']),
    createdBy: z.string(),
    createdAt: time,
    expiresAt: time,
    lastUsedAt: time.nullable().describe('Within a minute.'),
    revokedAt: time.nullable(),
  })
  .meta({ id: 'ApiToken' });

export const ApiTokenList = z.strictObject({ tokens: z.array(ApiTokenView) }).meta({ id: 'ApiTokenList' });

export const CreatedToken = ApiTokenView.extend({
  token: z.string().describe('The token itself: it is shown here and never again.'),
}).meta({ id: 'CreatedToken' });

export const NotificationView = z
  .strictObject({
    id: z.string(),
    notifier: z.string(),
    rotation: z.string(),
    eventId: z.string().describe('Of the event, and its `webhook-id`.'),
    event: z.string().describe('Its name, such as `rotation.failed`.'),
    at: time,
    state: z.enum(['waiting', 'sent', 'dead']).describe('dead: given up.'),
    tries: count.describe('That failed.'),
    problem: z.string().nullable().describe('What the last one failed with.'),
    endedAt: time.nullable(),
  })
  .meta({ id: 'Notification' });

export const NotificationList = z
  .strictObject({
    notifications: z.array(NotificationView).describe('Newest first.'),
    next: z.string().nullable().describe('For `after`, where there are more.'),
  })
  .meta({ id: 'NotificationList' });

export const Confirmed = z
  .strictObject({
    delivery: z.string(),
    rotation: z.string(),
    target: z.string(),
    fingerprint,
    seen: count,
    of: count,
  })
  .meta({ id: 'Confirmed' });

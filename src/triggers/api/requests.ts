import { z } from 'zod';
import { NOTIFICATION_STATES } from '../../journal/notifications.js';
import { OUTCOMES } from '../../rotation/run.js';
import { FINGERPRINT_EXPECTED, FINGERPRINT_PATTERN } from '../../rotation/secret.js';
import { isGrant, isSelector } from '../access/grant.js';
import { ROTATION_STATES } from '../rotation-states.js';
import { MODES, START_MODES } from './answers/index.js';

/** What the API takes: bodies and queries. */

const NO_REASON = 'on demand';

export const reason = z.string().max(500).default(NO_REASON).describe('Why, for the audit log.');

/** What skips the pauses of others says why. */
function isReasoned({ mode, reason: why }: { readonly mode: string; readonly reason: string }): boolean {
  return mode !== 'emergency' || (why.trim() !== '' && why !== NO_REASON);
}

const UNREASONED = { path: ['reason'], error: 'a reason with mode emergency, for the audit log' };

export const moment = z.iso
  .datetime({
    offset: true,
    error: 'a date and a time with an offset, such as "2026-12-01T08:00:00+01:00"',
  })
  .transform((text) => Date.parse(text))
  .meta({ override: { type: 'string', format: 'date-time' } });

export const pageSize = z.coerce
  .number()
  .int()
  .min(1)
  .max(200)
  .default(50)
  .describe('How many at the most.')
  .meta({ override: { type: 'integer', minimum: 1, maximum: 200 } });

export const selector = z
  .string()
  .refine(isSelector, { error: 'labels such as env=prod,team=shop' })
  .describe('Labels, such as `env=prod,team=shop`.');

export const StartRun = z
  .strictObject({
    reason,
    mode: z
      .enum(START_MODES)
      .default('rotate')
      .describe(
        'adopt stores and delivers the token in force; rehearse writes a copy of it into the store as well, so that ' +
          'all of the way is tried but for the new token. emergency rotates and waits for nothing: no pause, and no ' +
          'wave; it needs a reason, and the scope pause besides rotate.',
      ),
    planId: z.string().exactOptional().describe('Of `POST …/plan`: only exactly that is started, else 412.'),
  })
  .refine(isReasoned, UNREASONED)
  .meta({ id: 'StartRun' });

/** As many names as a body has room for. */
export const MOST_NAMED = 500;

export const StartRuns = z
  .strictObject({
    selector: selector.exactOptional(),
    rotations: z
      .array(z.string().max(100))
      .min(1)
      .max(MOST_NAMED)
      .exactOptional()
      .describe(
        'Their names, instead of labels: what one of them is refused for keeps no other from starting.',
      ),
    reason,
    mode: z.enum(START_MODES).default('rotate'),
    max: z
      .int()
      .min(1)
      .max(1_000)
      .default(10)
      .describe('With `selector`: where more rotations match, none is started.'),
  })
  .refine(({ selector: labels, rotations }) => (labels === undefined) !== (rotations === undefined), {
    error: 'either selector or rotations, and not both',
  })
  .refine(isReasoned, UNREASONED)
  .meta({ id: 'StartRuns' });

export const PauseRotation = z
  .strictObject({
    reason: z
      .string()
      .regex(/\S/, 'a text that is not empty')
      .max(500)
      .describe('Why; shown wherever the rotation waits.'),
    until: moment.exactOptional().describe('Its end. Without it, until somebody resumes.'),
  })
  .meta({ id: 'PauseRotation' });

export const ResumeRotation = z.strictObject({ reason }).meta({ id: 'ResumeRotation' });

export const Redeliver = z
  .strictObject({
    reason,
    targets: z
      .array(z.string())
      .min(1)
      .max(1_000)
      .exactOptional()
      .describe('Names of the targets that get it again; the others keep what they have. Without it: all.'),
  })
  .meta({ id: 'Redeliver' });

export const Where = z
  .strictObject({
    fingerprint: z
      .string()
      .regex(FINGERPRINT_PATTERN, { error: FINGERPRINT_EXPECTED })
      .describe('Of the token that is looked for: the first 8 hex digits of its SHA-256, or more.'),
  })
  .meta({ id: 'Where' });

const grant = z
  .string()
  .refine(isGrant, {
    error:
      'a scope, with labels where it is not for all: read, rotate[env=prod], approve, pause, audit, metrics, badge, calendar, admin',
  })
  .describe('Such as `read` or `rotate[env=prod]`.');

export const CreateToken = z
  .strictObject({
    name: z.string().regex(/\S/, 'a text that is not empty').max(100).describe('Who it is for.'),
    grants: z.array(grant).min(1).max(50),
    expiresInDays: z.int().min(1).max(366).default(90),
  })
  .meta({ id: 'CreateToken' });

export const ExportAudit = z
  .strictObject({
    format: z.enum(['ndjson', 'csv']).default('ndjson'),
    rotation: z.string().exactOptional().describe('Only runs of this rotation, and what was said of it.'),
    from: moment
      .exactOptional()
      .describe('Only runs that were started then or later, whole, and what was said then or later.'),
    to: moment.exactOptional().describe('Only what was started, or said, before this moment.'),
  })
  .refine(({ from = -Infinity, to = Infinity }) => from < to, {
    path: ['from'],
    error: 'a moment before `to`',
  });

export const AskReport = z.strictObject({
  from: moment.describe('Its first moment.'),
  to: moment.describe('Just before this moment.'),
  selector: selector.optional().describe('Only rotations with these labels: `env=prod,team=shop`.'),
});

/** Of all headers together there may be 16 KiB. */
export const MOST_CURSOR = 12_000;

export const GetRun = z.strictObject({
  wait: z
    .string()
    .regex(/^\d{1,2}s$/, 'whole seconds with their unit, 0s to 60s')
    .optional()
    .describe('Answer when there is news, or after this long: `30s`.'),
  since: z.coerce
    .number()
    .int()
    .min(0)
    .optional()
    .describe('News is an entry after this one (`seq`).')
    .meta({ override: { type: 'integer', minimum: 0 } }),
});

export const ListRotations = z.strictObject({
  state: z
    .enum(ROTATION_STATES)
    .optional()
    .describe('Only those that are at this: the worst that is true of a rotation.'),
  selector: selector.optional().describe('Only those with these labels: `env=prod,team=shop`.'),
  cursor: z.string().max(MOST_CURSOR).optional().describe('Where the page before ended; see its `Link`.'),
  limit: pageSize,
});

export const AskStatus = z.strictObject({
  selector: selector.optional().describe('Only of rotations with these labels: `env=prod,team=shop`.'),
});

export const ListRuns = z.strictObject({
  rotation: z.string().optional().describe('Only runs of this rotation.'),
  selector: selector.optional().describe('Only runs of rotations with these labels: `env=prod,team=shop`.'),
  outcome: z.enum(OUTCOMES).optional().describe('Only runs that have ended so.'),
  mode: z.enum(MODES).optional(),
  by: z
    .string()
    .max(200)
    .optional()
    .describe('Only runs that this caller has started, by name; or `schedule` or `watch`.'),
  active: z
    .enum(['true', 'false'])
    .optional()
    .describe('Only runs that go on, or only those that have ended.'),
  since: moment.optional().describe('Only runs that were started then or later.'),
  cursor: z.string().optional().describe('Where the page before ended; see its `Link`.'),
  limit: pageSize,
});

const happenings = {
  rotation: z.string().optional().describe('Only of this rotation.'),
  selector: selector.optional().describe('Only of rotations with these labels: `env=prod,team=shop`.'),
};

export const ListEvents = z.strictObject({
  ...happenings,
  since: moment.optional().describe('What happened then or later. Default: within the last hour.'),
  after: z
    .string()
    .max(MOST_CURSOR)
    .optional()
    .describe(
      '`next` of the page before, of the same question, or `now` for what is still to come; in the place of `since`.',
    ),
  limit: pageSize,
  wait: z
    .string()
    .regex(/^\d{1,2}s$/, 'whole seconds with their unit, 0s to 60s')
    .optional()
    .describe('Where there is nothing: answer when there is, or after this long: `30s`.'),
});

export const FollowEvents = z.strictObject({
  ...happenings,
  since: moment.optional().describe('Also what has happened since then. Default: what happens from now on.'),
  for: z
    .string()
    .regex(/^\d{1,3}s$/, 'whole seconds with their unit, 0s to 900s')
    .optional()
    .describe('How long the stream lasts at the most. Default, and most: 900s.'),
});

export const AskHealth = z.object({
  verbose: z.string().optional().describe('With it the answer is text, a line for each check, for a person.'),
  exclude: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .describe('A check to leave out; may be given several times.'),
});

export const TakeStep = z
  .strictObject({
    wait: z
      .string()
      .regex(/^\d{1,3}s$/, 'whole seconds with their unit, 0s to 999s')
      .default('0s')
      .describe('How long testSecret and finishSecret may wait for the APM Server to accept the token.'),
  })
  .meta({ id: 'TakeStep' });

export const ListNotifications = z.strictObject({
  state: z.enum(NOTIFICATION_STATES).exactOptional().describe('dead: given up.'),
  limit: pageSize,
  after: z.string().max(200).exactOptional().describe('`next` of the page before.'),
});

const MAX_INSTANCES = 1_000_000;

export const Callback = z
  .strictObject({
    fingerprint: z
      .string()
      .regex(/^[0-9a-f]{8}([0-9a-f]{56})?$/, { error: 'the first 8, or all 64, hex digits of a SHA-256' })
      .describe('Of the token that the agents run with.'),
    seen: z.int().min(0).max(MAX_INSTANCES).default(1).describe('How many instances run with it.'),
    of: z.int().min(1).max(MAX_INSTANCES).default(1).describe('How many there are.'),
  })
  .refine(({ seen, of }) => seen <= of, { path: ['seen'], error: 'at most as many as `of`' })
  .meta({ id: 'Callback' });

import { z } from 'zod';
import { problem, time } from './parts.js';

const credentialKind = z
  .string()
  .describe('`elastic-cloud-api-key`, or `api-token`: one of the API of Rotor.');

const apiToken = z
  .strictObject({
    id: z.string().describe('For `rotor token revoke`.'),
    name: z.string().describe('Whom it is for.'),
  })
  .nullable()
  .describe('Of an API token; never the token itself.');

/** What events about the service say; their subject is a credential, a host or the config. Beside it what has no rotation any more. */
export const ofTheService = {
  'credential.expiring': z
    .strictObject({
      kind: credentialKind,
      token: apiToken,
      expiresAt: time,
    })
    .describe('A credential of Rotor ends soon.'),
  'credential.settled': z
    .strictObject({
      kind: credentialKind,
      token: apiToken,
      why: z
        .enum(['renewed', 'revoked', 'over'])
        .describe(
          'renewed: it ends at another time, or another one took its place; over: it ended a week ago.',
        ),
    })
    .describe('What credential.expiring said of a credential is no longer so.'),
  'scheduler.stalled': z
    .strictObject({
      instance: z.string().describe('The host of the process.'),
      since: time,
      problem: problem.nullable().describe('Why; null where a tick has begun and not ended.'),
    })
    .describe('A process has not read its schedule for five minutes: it starts no run that is due.'),
  'scheduler.resumed': z
    .strictObject({ instance: z.string().describe('The host of the process.'), at: time })
    .describe('A process that was told of as stalled reads its schedule again.'),
  'scheduler.gone': z
    .strictObject({
      instance: z.string().describe('The host of the process.'),
      since: time.describe('RFC 3339, in UTC: since when it had not read its schedule.'),
      seenBy: z.string().describe('The host of the process that has waited for a word of it.'),
    })
    .describe(
      'Of a process that was told of as stalled nothing was heard for ten minutes, and another one reads its schedule.',
    ),
  'rotation.removed': z
    .strictObject({ detail: z.string().describe('A sentence for a person.') })
    .describe(
      'The config declares a rotation no longer: what was told of it and has no end yet is looked after by nobody.',
    ),
  'config.reloaded': z
    .strictObject({
      by: z.string().describe('Who asked for it, or what has seen that the file is another.'),
      rotations: z
        .strictObject({
          added: z.array(z.string()),
          removed: z.array(z.string()).describe('A run of one that is under way goes on.'),
          changed: z.array(z.string()),
        })
        .describe('Names.'),
      settings: z.array(z.string()).describe('Paths of everything else that is another.'),
    })
    .describe('Another config is in force, or one again that could not be read meanwhile.'),
  'config.invalid': z
    .strictObject({
      by: z.string().describe('Who asked for it, or what has seen that the file is another.'),
      detail: z.string().describe('What is wrong, a sentence. What was in force still is.'),
      findings: z.int().describe('Faults of the file; 0: the fault is none of the file alone.'),
    })
    .describe('The config file holds what cannot be put in force.'),
} as const;

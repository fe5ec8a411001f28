import { z } from 'zod';

import { text } from '../config/fields.js';
import { phrase } from '../config/phrase.js';

const TAGS_EXPECTED = 'at least one tag, such as { env: "prod" }';

const tag = text('The exact value of the tag.');

/** Which APM resource a rotation is about. What an issuer needs of it is checked with the rotation. */
export const resourceSelect = z
  .strictObject({
    deployment: text(
      'Name or id (32 hexadecimal digits) of the deployment; a name must match exactly.',
    ).exactOptional(),
    tags: z
      .record(z.string().min(1), tag, { error: TAGS_EXPECTED })
      .refine((tags) => Object.keys(tags).length > 0, { error: TAGS_EXPECTED })
      .describe('Tags of the deployment, all of which it must carry; they must lead to one deployment.')
      .exactOptional(),
    refId: text(
      'Ref id of the APM resource, such as "main-apm"; needed where the deployment has several of them.',
      {
        pattern: /^(?!_main$)[\w.-]+$/,
        expected: 'a ref id as the API tells it, such as "main-apm", never the alias "_main"',
      },
    ).exactOptional(),
    policy: text(
      'Id or name of the APM integration in Fleet; needed where Kibana has several of them.',
    ).exactOptional(),
  })
  .refine(({ deployment, tags }) => deployment === undefined || tags === undefined, {
    error: phrase('one of deployment and tags', ['Name the deployment, or the tags that lead to it.']),
  })
  .describe('Which APM resource the rotation is about: by its deployment, or by its Fleet policy.');

export type ResourceSelect = z.output<typeof resourceSelect>;

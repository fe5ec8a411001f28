import { z } from 'zod';
import { duration, text } from './fields.js';

/** Of which environment a rotation is, by its labels. */
export const ENVIRONMENT_LABEL = 'env';

/** Who has to allow a new token, as it stands in rotor.yaml. */
export const approvalConfig = z
  .strictObject({
    required: z
      .boolean({ error: 'true or false' })
      .meta({
        description:
          'Each new token needs the approval of somebody else than who asks, also of the schedule.',
        default: false,
      })
      .exactOptional(),
    environments: z
      .array(text('An environment.'), { error: 'a list of environments, such as [prod]' })
      .meta({
        description: 'The same where the label `env` of the rotation is one of these; of use in `defaults`.',
        default: [],
      })
      .exactOptional(),
    approvers: z
      .array(text('Name of an API token, or subject of a JWT.'), {
        error: 'a list of names of API tokens and subjects of JWTs',
      })
      .meta({
        description: 'Who alone may approve, besides having the scope. Default: whoever has the scope.',
        default: [],
      })
      .exactOptional(),
    expires: duration('How long a request waits for somebody, and a grant for its run.', {
      fallback: '4h',
      min: '5m',
      max: '7d',
    }).exactOptional(),
  })
  .describe('Whether somebody else has to allow a new token.');

/** Of a rotation that is whole but for other fields, or of `defaults`. */
export const approvedConfig = z.object({ approval: approvalConfig.exactOptional() });
export type DeclaredApproval = z.output<typeof approvalConfig>;

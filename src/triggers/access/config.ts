import { z } from 'zod';
import { absolutePath, httpsUrl, text } from '../../config/fields.js';
import { isGrant } from './grant.js';

const GRANT_EXPECTED =
  'a scope (read, rotate, approve, pause, audit, metrics, badge, calendar or admin), with labels where it is not for all: "rotate[env=prod]"';

const grant = z
  .string({ error: GRANT_EXPECTED })
  .refine(isGrant, { error: GRANT_EXPECTED })
  .meta({ description: 'What is allowed.' });

const jwtConfig = z
  .strictObject({
    issuer: text('The `iss` of its tokens, as it is.'),
    audience: text('The `aud` that its tokens have for Rotor; another service could use any other.'),
    jwksUri: httpsUrl('Where its keys are.').exactOptional(),
    jwksFile: absolutePath(
      'File of its keys (JSON Web Key Set), where they cannot be fetched. Read at the start.',
    ).exactOptional(),
    allow: z
      .array(
        z.strictObject({
          claims: z
            .record(z.string(), text('Exactly this; of a list, one of its members.'))
            .refine((claims) => Object.keys(claims).length > 0, {
              error:
                'one claim at least, such as { repository: acme/deploy }: else everybody whom it signs for may do this',
            })
            .describe('All of them must be in the token.'),
          grants: z
            .array(grant, { error: 'a list of scopes' })
            .min(1, { error: 'one scope at least' })
            .describe('What they allow.'),
        }),
        { error: 'a list' },
      )
      .min(1, { error: 'one rule at least' })
      .describe('What the claims of a token allow. Several rules add up.'),
  })
  .refine(({ jwksUri, jwksFile }) => (jwksUri === undefined) !== (jwksFile === undefined), {
    error: 'either jwksUri or jwksFile: where its keys are',
  });

/** Who may use the API besides the holders of its tokens. */
export const authConfig = z
  .strictObject({
    jwt: z
      .array(jwtConfig, { error: 'a list of issuers' })
      .exactOptional()
      .describe('Issuers whose signed tokens are accepted, of CI jobs or Kubernetes service accounts.'),
  })
  .describe('Who may use the API, besides the holders of API tokens.');

export type JwtConfig = z.output<typeof jwtConfig>;

import { z } from 'zod';
import { absolutePath, httpsUrl, text } from '../config/fields.js';

/** How Rotor becomes a role of AWS, as it stands in a store or a target. */
export const credentialsConfig = z
  .strictObject({
    roleArn: text('ARN of the role that Rotor takes on for these calls.', {
      pattern: /^arn:aws(-[a-z]+)*:iam::[0-9]{12}:role\/[\w+=,.@/-]+$/,
      expected: 'the ARN of a role, such as "arn:aws:iam::111122223333:role/rotor"',
    }),
    externalId: text('What the trust policy of the role asks for as sts:ExternalId.', {
      pattern: /^[\w+=,.@:/-]{2,1224}$/,
      expected: '2 to 1224 letters, digits and _+=,.@:/-',
    }).exactOptional(),
    sessionName: text('Under which name CloudTrail shows what Rotor did.', {
      pattern: /^[\w+=,.@-]{2,64}$/,
      expected: '2 to 64 letters, digits and _+=,.@-',
    })
      .meta({ default: 'rotor' })
      .exactOptional(),
    webIdentityTokenFile: absolutePath(
      'File of an identity token (EKS, GitHub Actions) by which the role is taken on, read anew each time. Default: the keys that AWS finds by itself.',
    ).exactOptional(),
    stsEndpoint: httpsUrl(
      'Another endpoint of STS, such as a VPC endpoint. Default: that of the region.',
    ).exactOptional(),
  })
  .describe('With which role AWS is asked. Default: with the credentials that AWS finds by itself.');

export type CredentialsConfig = Readonly<z.output<typeof credentialsConfig>>;

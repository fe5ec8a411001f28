import { z } from 'zod';
import { httpsUrl, text, tlsTrust } from '../../config/fields.js';
import { phrase } from '../../config/phrase.js';
import { credentialsConfig, type CredentialsConfig } from '../../aws/credentials-config.js';
import { REGION } from '../../aws/region.js';

/** A store of type `aws-secrets-manager`, as it stands in rotor.yaml. */
export const awsSecretsManagerConfig = z.strictObject({
  type: z.literal('aws-secrets-manager').describe('AWS Secrets Manager.'),
  secretId: text('Name or ARN of the secret.', {
    pattern: /^(arn:[A-Za-z0-9:/_+=.@-]+|[A-Za-z0-9/_+=.@-]{1,512})$/,
    expected: 'up to 512 letters, digits and /_+=.@- or the ARN of a secret',
  }),
  region: text('AWS region. Default: that of the ARN, else AWS_REGION.', REGION).exactOptional(),
  endpoint: httpsUrl('Another endpoint of Secrets Manager, such as a VPC endpoint.').exactOptional(),
  tls: tlsTrust('Secrets Manager and STS').exactOptional(),
  credentials: credentialsConfig.exactOptional(),
  kmsKeyId: text('KMS key of a secret that Rotor creates. Default: the key of AWS.').exactOptional(),
  key: text('Key of the token in a secret of JSON. Default: the secret is the token.').exactOptional(),
  description: text('Description of a secret that Rotor creates.').exactOptional(),
  tags: z
    .record(
      text('Name of a tag.', {
        pattern: /^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+@-]{1,128}$/u,
        expected: 'names of up to 128 letters, digits and _.:/=+@-, none of which begins with aws:',
      }),
      text('Its value.', {
        pattern: /^[\p{L}\p{Z}\p{N}_.:/=+@-]{0,256}$/u,
        expected: 'up to 256 letters, digits and _.:/=+@-',
      }),
    )
    .describe('Tags that the secret shall carry; its other tags stay as they are.')
    .exactOptional(),
  replicaRegions: z
    .array(text('A region.', { ...REGION, expected: 'AWS regions, such as "us-west-2"' }), {
      error: 'a list of AWS regions',
    })
    .min(1, { error: 'at least one region' })
    .describe(
      'Regions that shall have a replica of the secret. Rotor makes those that are missing, and waits for each.',
    )
    .exactOptional(),
  drivenBy: z
    .literal('aws', { error: phrase('aws', ['Without drivenBy, Rotor itself starts the rotation.']) })
    .describe("Who starts the rotation: AWS Secrets Manager, by the secret's own rotation.")
    .exactOptional(),
});

type Declared = Readonly<z.output<typeof awsSecretsManagerConfig>>;

/** As it is frozen into a run. */
export type AwsSecretsManagerConfig = Omit<Declared, 'tls' | 'credentials' | 'tags' | 'replicaRegions'> & {
  readonly tls?: Readonly<Declared['tls']>;
  readonly credentials?: CredentialsConfig;
  readonly tags?: Readonly<Declared['tags']>;
  readonly replicaRegions?: readonly string[];
};

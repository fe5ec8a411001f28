import { z } from 'zod';
import { httpsUrl, text, tlsTrust } from '../../config/fields.js';
import { phrase } from '../../config/phrase.js';
import { credentialsConfig, type CredentialsConfig } from './credentials-config.js';

/** A store of type `aws-secrets-manager`, as it stands in rotor.yaml. */
export const awsSecretsManagerConfig = z.strictObject({
  type: z.literal('aws-secrets-manager').describe('AWS Secrets Manager.'),
  secretId: text('Name or ARN of the secret.', {
    pattern: /^(arn:[A-Za-z0-9:/_+=.@-]+|[A-Za-z0-9/_+=.@-]{1,512})$/,
    expected: 'up to 512 letters, digits and /_+=.@- or the ARN of a secret',
  }),
  region: text('AWS region. Default: that of the ARN, else AWS_REGION.', {
    pattern: /^[a-z]{2}(-[a-z]+)+-[0-9]+$/,
    expected: 'an AWS region, such as "eu-central-1"',
  }).exactOptional(),
  endpoint: httpsUrl('Another endpoint of Secrets Manager, such as a VPC endpoint.').exactOptional(),
  tls: tlsTrust('Secrets Manager and STS').exactOptional(),
  credentials: credentialsConfig.exactOptional(),
  kmsKeyId: text('KMS key of a secret that Rotor creates. Default: the key of AWS.').exactOptional(),
  key: text('Key of the token in a secret of JSON. Default: the secret is the token.').exactOptional(),
  description: text('Description of a secret that Rotor creates.').exactOptional(),
  drivenBy: z
    .literal('aws', { error: phrase('aws', ['Without drivenBy, Rotor itself starts the rotation.']) })
    .describe("Who starts the rotation: AWS Secrets Manager, by the secret's own rotation.")
    .exactOptional(),
});

type Declared = Readonly<z.output<typeof awsSecretsManagerConfig>>;

/** As it is frozen into a run. */
export type AwsSecretsManagerConfig = Omit<Declared, 'tls' | 'credentials'> & {
  readonly tls?: Readonly<Declared['tls']>;
  readonly credentials?: CredentialsConfig;
};

import { z } from 'zod';
import { duration, text } from '../../config/fields.js';
import { phrase } from '../../config/phrase.js';
import { deliveryFields, deliveryTerms, targetName, type DeliveryTerms } from '../../config/target-fields.js';
import { awsFields, type AwsFields } from '../aws/fields.js';

/** The document that a list of commands is run by; others get parameters instead. */
export const SHELL = 'AWS-RunShellScript';

export type SsmTargetConfig = DeliveryTerms &
  AwsFields & {
    readonly type: 'ssm-run-command';
    readonly name: string;
    /** By a tag and its values; all of several must match. */
    readonly targets?: Readonly<Record<string, readonly string[]>>;
    readonly instanceIds?: readonly string[];
    readonly document: string;
    readonly commands: readonly string[];
    readonly check?: readonly string[];
    readonly checkEveryMs: number;
    readonly commandTimeoutMs: number;
    readonly maxConcurrency: string;
    readonly maxErrors: string;
    readonly readyTimeoutMs: number;
  };

const SECRETS = 'No token belongs here: Systems Manager keeps every command for 30 days, in clear.';
const lines = (description: string) =>
  z
    .array(text('A line of a shell script.'), {
      error: phrase('a list of lines of a shell script', [SECRETS]),
    })
    .min(1, { error: 'at least one line' })
    .describe(description);
const share = (description: string, fallback: string, pattern: RegExp) =>
  text(description, { pattern, expected: 'a number such as "10", or a percentage such as "25%"' })
    .meta({ description, default: fallback })
    .prefault(fallback);

const declared = z
  .strictObject({
    type: z
      .literal('ssm-run-command')
      .describe('Hosts with the agent of AWS Systems Manager, such as EC2 instances, which run a command.'),
    name: targetName('ssm').exactOptional(),
    targets: z
      .record(z.string(), z.array(text('A value of the tag.')).min(1, { error: 'at least one value' }))
      .refine((tags) => Object.keys(tags).every((key) => /^tag:.{1,128}$/.test(key)), {
        error: 'keys of tags, such as "tag:role"',
      })
      .refine((tags) => Object.keys(tags).length >= 1 && Object.keys(tags).length <= 5, {
        error: 'one to five tags',
      })
      .describe('Hosts by tags, such as { "tag:role": [checkout] }; a host has all of them.')
      .exactOptional(),
    instanceIds: z
      .array(
        text('Id of a host.', {
          pattern: /^(i-\w{8}|i-\w{17}|mi-\w{17})$/,
          expected: 'the id of a managed node, such as "i-0123456789abcdef0"',
        }),
      )
      .min(1, { error: 'at least one id' })
      .max(50, { error: 'up to 50 ids; AWS wants tags for more' })
      .describe('Hosts by id, in place of `targets`.')
      .exactOptional(),
    document: text(
      `Document of type Command. Default: ${SHELL}, which runs \`commands\`; another one has the parameters secretId, secretRegion and tokenFingerprint.`,
      { pattern: /^[a-zA-Z0-9_\-.:/]{3,128}$/, expected: 'the name or ARN of a document' },
    )
      .meta({ default: SHELL })
      .prefault(SHELL),
    commands: lines(
      'What makes a host read the secret anew: it finds ROTOR_SECRET_ID, ROTOR_SECRET_REGION, ROTOR_SECRET_KEY and ROTOR_TOKEN_FINGERPRINT in its environment.',
    ).exactOptional(),
    check: lines(
      'Prints the fingerprint of the token that the host runs with, a line for each process.',
    ).exactOptional(),
    checkEvery: duration(
      'A check that is younger, and newer than the delivery, is not repeated; between two runs 30 minutes at least. Default: 2m.',
      { max: '1h' },
    ).prefault('2m'),
    commandTimeout: duration('How long a host may take to be reached, and then to run it. Default: 10m.', {
      min: '30s',
      max: '2d',
    }).prefault('10m'),
    maxConcurrency: share(
      'Hosts at one time, a number or a percentage.',
      '50',
      /^([1-9][0-9]{0,6}|[1-9][0-9]?%|100%)$/,
    ),
    maxErrors: share(
      'Errors after which no further host is tried, a number or a percentage.',
      '0',
      /^([0-9]{1,7}|[0-9][0-9]?%|100%)$/,
    ),
    ...awsFields,
    ...deliveryFields,
    ready: z
      .strictObject({
        timeout: duration(
          'How long hosts may take to run the command, and to run with the token where there is a check.',
        ).prefault('30m'),
      })
      .describe('When the delivery counts as done.')
      .prefault({}),
  })
  .refine(({ targets, instanceIds }) => (targets === undefined) !== (instanceIds === undefined), {
    error: phrase('targets or instanceIds', ['One of them, not both.']),
  })
  .refine(({ document, commands }) => (document === SHELL) === (commands !== undefined), {
    error: phrase(`commands, for the document ${SHELL} alone`, ['Another document has its own.']),
  });

/** A target of type `ssm-run-command`, as it stands in rotor.yaml; its output has its defaults and milliseconds. */
export const ssmTargetConfig = declared.transform(
  ({
    name,
    ready,
    wave,
    timeout,
    deadline,
    retries,
    tls,
    commands = [],
    ...declaredFields
  }): SsmTargetConfig => {
    const { checkEvery, commandTimeout, ...rest } = declaredFields;
    return {
      ...rest,
      ...(tls && { tls }),
      ...deliveryTerms({ wave, timeout, deadline, retries }),
      name: name ?? 'ssm',
      commands,
      checkEveryMs: checkEvery,
      commandTimeoutMs: commandTimeout,
      readyTimeoutMs: ready.timeout,
    };
  },
);

import { z } from 'zod';
import { duration, text } from '../../config/fields.js';
import { deliveryFields, deliveryTerms, targetName, type DeliveryTerms } from '../../config/target-fields.js';
import { awsFields, lastPartOf, type AwsFields } from '../aws/fields.js';

export type LambdaTargetConfig = DeliveryTerms &
  AwsFields & {
    readonly type: 'lambda';
    readonly name: string;
    /** Names, ARNs without a version, and patterns in which * stands for anything. */
    readonly functions: readonly string[];
    /** Absent: what is invoked is $LATEST. */
    readonly alias?: string;
    readonly readyTimeoutMs: number;
  };

const declared = z.strictObject({
  type: z
    .literal('lambda')
    .describe('Functions of AWS Lambda with the APM extension, which reads the secret at a cold start.'),
  name: targetName('the first function').exactOptional(),
  functions: z
    .array(
      text('Name, ARN without a version, or a pattern in which * stands for anything.', {
        pattern: /^(arn:[^:]+:lambda:[^:]+:\d{12}:function:[A-Za-z0-9_-]{1,64}|[A-Za-z0-9_*-]{1,64})$/,
        expected: 'a name such as "checkout", a pattern such as "checkout-*", or an ARN without a version',
      }),
    )
    .min(1, { error: 'at least one function' })
    .describe('Which functions get the token.'),
  alias: text('Alias by which they are invoked. Default: none, they are invoked as $LATEST.', {
    pattern: /^(?!\d+$)[A-Za-z0-9_-]{1,128}$/,
    expected: 'the name of an alias',
  }).exactOptional(),
  ...awsFields,
  ...deliveryFields,
  ready: z
    .strictObject({
      timeout: duration(
        'How long AWS may take until the functions are invoked with what was delivered.',
      ).prefault('20m'),
    })
    .describe('When the delivery counts as done.')
    .prefault({}),
});

/** A target of type `lambda`, as it stands in rotor.yaml; its output has its defaults and milliseconds. */
export const lambdaTargetConfig = declared.transform(
  ({ name, ready, wave, timeout, deadline, retries, tls, ...rest }): LambdaTargetConfig => ({
    ...rest,
    ...(tls && { tls }),
    ...deliveryTerms({ wave, timeout, deadline, retries }),
    name: name ?? lastPartOf(rest.functions[0] ?? ''),
    readyTimeoutMs: ready.timeout,
  }),
);

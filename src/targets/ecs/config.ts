import { z } from 'zod';
import { duration, text } from '../../config/fields.js';
import { phrase } from '../../config/phrase.js';
import { deliveryFields, deliveryTerms, targetName, type DeliveryTerms } from '../../config/target-fields.js';
import { awsFields, lastPartOf, type AwsFields } from '../aws/fields.js';

export type EcsTargetConfig = DeliveryTerms &
  AwsFields & {
    readonly type: 'ecs';
    readonly name: string;
    readonly cluster: string;
    readonly services: readonly string[];
    readonly readyTimeoutMs: number;
  };

const NAME = {
  pattern: /^(arn:[A-Za-z0-9:/_-]+|[A-Za-z0-9_-]{1,255})$/,
  expected: 'up to 255 letters, digits, hyphens and underscores, or an ARN',
};

const ONE_OF_TWO = phrase('service or services', ['One of them, not both.']);

const declared = z
  .strictObject({
    type: z.literal('ecs').describe('Services of Amazon ECS, whose tasks read the secret when they start.'),
    name: targetName('the name of the first service').exactOptional(),
    cluster: text('Name or ARN of the cluster.', NAME),
    service: text('Name or ARN of the service that is deployed anew.', NAME).exactOptional(),
    services: z
      .array(text('Name or ARN of a service.', NAME))
      .min(1, { error: 'at least one service' })
      .describe('Several services of the cluster, in place of `service`.')
      .exactOptional(),
    ...awsFields,
    ...deliveryFields,
    ready: z
      .strictObject({
        timeout: duration(
          'How long a deployment may take until only tasks run that were started after the delivery.',
        ).prefault('30m'),
      })
      .describe('When the delivery counts as done.')
      .prefault({}),
  })
  .refine(({ service, services }) => (service === undefined) !== (services === undefined), {
    error: ONE_OF_TWO,
  });

/** A target of type `ecs`, as it stands in rotor.yaml; its output has its defaults and milliseconds. */
export const ecsTargetConfig = declared.transform(
  ({ name, service, services, ready, wave, timeout, deadline, retries, tls, ...rest }): EcsTargetConfig => {
    const all = services ?? (service === undefined ? [] : [service]);
    return {
      ...rest,
      ...(tls && { tls }),
      ...deliveryTerms({ wave, timeout, deadline, retries }),
      services: all,
      name: name ?? lastPartOf(all[0] ?? ''),
      readyTimeoutMs: ready.timeout,
    };
  },
);

import { z } from 'zod';
import { issuerKinds } from '../issuers/index.js';
import { resourceSelect } from '../issuers/select.js';
import { ecsTargetConfig } from '../targets/ecs/config.js';
import { fileTargetConfig } from '../targets/file/config.js';
import { kubernetesTargetConfig } from '../targets/kubernetes/config.js';
import { lambdaTargetConfig } from '../targets/lambda/config.js';
import { ssmTargetConfig } from '../targets/ssm-run-command/config.js';
import { webhookTargetConfig } from '../targets/webhook/config.js';
import { approvalConfig } from './approval-schema.js';
import { duration, httpsUrl, secretReference, text, tlsTrust, wholeNumber } from './fields.js';
import { kindPhrase } from './kinds.js';
import { phrase } from './phrase.js';
import { scheduleConfig } from './schedule-schema.js';
import { strategyConfig } from './strategy-schema.js';
import { storeConfig } from '../stores/index.js';

const NAME_EXPECTED = 'up to 63 small letters, digits and hyphens, the first one a letter or digit';

/** When a token is due, and how it is rotated; also the shape of `defaults`. */
const policyFields = {
  maxAge: duration(
    'No token lives longer than this: due renewBefore ahead. Without it and without a cron: on demand only.',
    {
      min: '1h',
      max: '3650d',
    },
  ).exactOptional(),
  renewBefore: duration('Due this long before maxAge. Default: 10 % of maxAge.', {
    max: '3650d',
  }).exactOptional(),
  schedule: scheduleConfig.exactOptional(),
  verify: z
    .strictObject({
      probes: wholeNumber('Fresh connections per token and look.', {
        min: 3,
        max: 50,
        fallback: 10,
      }).exactOptional(),
      probeInterval: duration('Between two looks; the resolution of the auth gap.', {
        fallback: '1s',
        min: '100ms',
        max: '1m',
      }).exactOptional(),
      acceptDeadline: duration('A new token that is not accepted by then is late.', {
        fallback: '40m',
        min: '1s',
      }).exactOptional(),
      quietPeriod: duration(
        'An unanswered reset that leaves no trace for this long was not carried out. Elastic Cloud may show a plan late.',
        { fallback: '10m', min: '1s', max: '1d' },
      ).exactOptional(),
      prepareDeadline: duration(
        'How long to wait for a pending plan or an upstream before anything is sent.',
        { fallback: '5m', min: '1s' },
      ).exactOptional(),
      settleReads: wholeNumber('Reads of the store that must agree after a promotion.', {
        min: 1,
        max: 50,
        fallback: 10,
      }).exactOptional(),
    })
    .describe('How a new token is proven.')
    .exactOptional(),
  watch: z
    .strictObject({
      interval: duration('Between two looks while no run is on its way.', {
        fallback: '1m',
        min: '1s',
      }).exactOptional(),
      onDrift: z
        .enum(['adopt', 'alert'])
        .meta({
          description:
            'When issuer, APM Server, store and targets no longer agree: adopt the token in force, or only say so.',
          default: 'adopt',
        })
        .exactOptional(),
    })
    .describe('What happens between two runs.')
    .exactOptional(),
  retries: z
    .strictObject({
      max: wholeNumber('Tries of one delivery after the first.', {
        min: 0,
        max: 100,
        fallback: 5,
      }).exactOptional(),
      base: duration('Wait before the first repetition; doubles each time.', {
        fallback: '2s',
      }).exactOptional(),
      cap: duration('The longest wait.', { fallback: '2m' }).exactOptional(),
    })
    .describe('Repetition of deliveries that failed.')
    .exactOptional(),
  strategy: strategyConfig.exactOptional(),
  approval: approvalConfig.exactOptional(),
  notify: z
    .array(text('Name of a notifier.'), { error: 'a list of names of notifiers' })
    .describe('Which notifiers hear of it; in a rotation, in place of those of `defaults`.')
    .exactOptional(),
};

/** Those that must agree with each other; everything else in the mapping is passed over. */
export const ageConfig = z.object({ maxAge: policyFields.maxAge, renewBefore: policyFields.renewBefore });
export const scheduledConfig = z.object({
  maxAge: policyFields.maxAge,
  renewBefore: policyFields.renewBefore,
  schedule: policyFields.schedule,
});
export const retryConfig = z.object({ retries: policyFields.retries });

export const defaultsConfig = z
  .strictObject(policyFields)
  .describe('Merged, key by key, under every rotation.');

const words = z.record(z.string(), text('A value.'));

const issuerKind = z.enum(issuerKinds, { error: ({ input }) => kindPhrase('issuer', input, issuerKinds) });

const issuerConfig = z
  .union([issuerKind, z.strictObject({ type: issuerKind })])
  .meta({ description: 'Where the token is set.', default: 'auto' })
  .transform((issuer) => (typeof issuer === 'string' ? { type: issuer } : issuer));

const CREDENTIALS_EXPECTED = phrase('an apiKey, or a username and a password', [
  'They open the Kibana of the deployment; the API key of the cloud does not.',
]);

const kibanaConfig = z
  .strictObject({
    url: httpsUrl('Kibana, where it is not the one that the deployment names.').exactOptional(),
    space: text('Id of the Kibana space that shows the APM integration.', {
      pattern: /^[a-z0-9_-]+$/,
      expected: 'the id of a space: small letters, digits, underscores and hyphens',
    })
      .meta({ default: 'default' })
      .exactOptional(),
    apiKey: secretReference(
      'API key with Fleet > Agent policies: All and Integrations: All.',
    ).exactOptional(),
    username: text('A user with the same privileges, instead of apiKey.').exactOptional(),
    password: secretReference('The password of that user.').exactOptional(),
    tls: tlsTrust('Kibana').exactOptional(),
  })
  .refine(
    ({ apiKey, username, password }) =>
      apiKey === undefined
        ? username !== undefined && password !== undefined
        : username === undefined && password === undefined,
    { error: CREDENTIALS_EXPECTED },
  )
  .describe('Where the token lives when Elastic Agent manages APM: the Fleet of this Kibana.');

export const targetConfig = z.discriminatedUnion('type', [
  ecsTargetConfig,
  fileTargetConfig,
  kubernetesTargetConfig,
  lambdaTargetConfig,
  ssmTargetConfig,
  webhookTargetConfig,
]);

/** One rotation as declared: no default of `defaults` applied yet. */
export const rotationConfig = z.strictObject({
  name: text('Its name, everywhere.', { pattern: /^[a-z0-9][a-z0-9-]{0,62}$/, expected: NAME_EXPECTED }),
  description: text('For people.').exactOptional(),
  labels: words.describe('For people, and for whatever reads the list of rotations.').exactOptional(),
  select: resourceSelect.prefault({}),
  issuer: issuerConfig.prefault('auto'),
  kibana: kibanaConfig.exactOptional(),
  ...policyFields,
  store: storeConfig.describe('Where the token lives.'),
  targets: z
    .array(targetConfig, {
      error: phrase('a list of targets', ['Where nothing shall be delivered, write targets: [].']),
    })
    .describe('Which deployments of agents must pick the token up.'),
  apmServer: z
    .strictObject({
      url: httpsUrl('The APM Server. Default: the one that the deployment names.').exactOptional(),
      tls: tlsTrust('the APM Server').exactOptional(),
    })
    .describe('Where tokens are proven.')
    .exactOptional(),
});

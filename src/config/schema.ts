import { z } from 'zod';
import type { ApprovalConfig } from './approval-defaults.js';
import { httpsUrl, linkUrl, listenAddress, secretReference, text, tlsTrust, wholeNumber } from './fields.js';
import { notifierConfig } from '../notifiers/index.js';
import { phrase } from './phrase.js';
import { defaultsConfig, rotationConfig, targetConfig } from './rotation-schema.js';
import type { OnTargetFailure } from '../rotation/policy.js';
import type { Wave } from '../rotation/waves.js';
import type { Limits } from '../rotation/schedule/limits.js';
import type { ScheduleConfig } from './schedule-defaults.js';
import { authConfig, type JwtConfig } from '../triggers/access/config.js';
import type { storeConfig } from '../stores/index.js';

/** Of Elastic's own cloud, which is asked where the config names no other. */
export const CLOUD_ENDPOINT = 'https://api.elastic-cloud.com';

const serverConfig = z
  .strictObject({
    listen: listenAddress(
      'Where the API listens, host:port; port 0 takes any free one.',
      '127.0.0.1:8080',
    ).exactOptional(),
    baseUrl: linkUrl('Where people reach the API, for the links in what they are told.').exactOptional(),
    rateLimit: z
      .strictObject({
        perMinute: wholeNumber('Requests of one caller within a minute, for each process.', {
          min: 1,
          max: 1_000_000,
          fallback: 600,
        }).exactOptional(),
      })
      .describe('What one caller may ask; more is refused with 429.')
      .exactOptional(),
    auth: authConfig.exactOptional(),
  })
  .describe('The API.');

const limitsConfig = z
  .strictObject({
    runsAtOnce: wholeNumber('Scheduled runs under way at one time; stalled ones are not counted.', {
      min: 1,
      max: 10_000,
      fallback: 50,
    }).exactOptional(),
    startsPerMinute: wholeNumber('Scheduled runs that are started within a minute.', {
      min: 1,
      max: 10_000,
      fallback: 100,
    }).exactOptional(),
  })
  .describe(
    'What the schedule starts at one time, for each cloud or Kibana. A person who asks is not made to wait.',
  );

const cloudConfig = z
  .strictObject({
    endpoint: httpsUrl('The API of Elastic Cloud.').prefault(CLOUD_ENDPOINT),
    apiKey: secretReference('API key of the organisation.'),
    tls: tlsTrust('the API of Elastic Cloud').exactOptional(),
    limits: limitsConfig.exactOptional(),
  })
  .describe('The Elastic Cloud organisation.');

const NOTIFIER_NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;
const NOTIFIER_NAME_EXPECTED =
  'names of up to 63 small letters, digits and hyphens, the first one a letter or digit';

/** The one source of types, of validation and of the JSON Schema. `loadConfig` applies the defaults. */
export const configSchema = z.strictObject({
  version: z
    .literal(1, { error: phrase('1', ['This version of Rotor reads version 1 of the config and no other.']) })
    .describe('Version of this format.'),
  server: serverConfig.exactOptional(),
  stateDir: text(
    'Folder of the journal, from the working directory. Default: ROTOR_STATE_DIR, else ./rotor-state.',
  ).exactOptional(),
  cloud: cloudConfig.exactOptional(),
  notifiers: z
    .record(text('A name.', { pattern: NOTIFIER_NAME, expected: NOTIFIER_NAME_EXPECTED }), notifierConfig)
    .describe('Who can be told of what happens, by a name for `notify`.')
    .exactOptional(),
  defaults: defaultsConfig.exactOptional(),
  rotations: z
    .array(rotationConfig, { error: 'a list of rotations' })
    .min(1, { error: 'at least one rotation' })
    .describe('What is rotated.'),
});

export type DeclaredConfig = z.output<typeof configSchema>;
export type DeclaredRotation = DeclaredConfig['rotations'][number];

export type StoreConfig = Immutable<z.output<typeof storeConfig>>;
export type TargetConfig = Immutable<z.output<typeof targetConfig>>;

/** One rotation with every default applied: JSON-safe, times in milliseconds, secrets as references. */
export type RotationConfig = Immutable<
  Omit<DeclaredRotation, keyof z.output<typeof defaultsConfig> | 'store' | 'targets'>
> & {
  readonly maxAgeMs?: number;
  /** Present exactly where `maxAgeMs` is, and smaller. */
  readonly renewBeforeMs?: number;
  readonly schedule: ScheduleConfig;
  readonly store: StoreConfig;
  readonly targets: readonly TargetConfig[];
  readonly verify: {
    readonly probes: number;
    readonly probeIntervalMs: number;
    readonly acceptDeadlineMs: number;
    readonly quietPeriodMs: number;
    readonly prepareDeadlineMs: number;
    readonly settleReads: number;
  };
  readonly watch: { readonly everyMs: number; readonly onDrift: 'adopt' | 'alert' };
  readonly retries: { readonly max: number; readonly baseMs: number; readonly capMs: number };
  readonly strategy: {
    readonly maxConcurrentTargets: number;
    readonly waves: readonly Wave[];
    readonly soakMs: number;
    readonly onTargetFailure: OnTargetFailure;
  };
  readonly approval: ApprovalConfig;
  /** Names of notifiers. */
  readonly notify: readonly string[];
};

export type Config = {
  readonly version: 1;
  readonly server: {
    readonly listen: { readonly host: string; readonly port: number };
    readonly baseUrl?: string;
    readonly rateLimit: { readonly perMinute: number };
    readonly auth: { readonly jwt: readonly Immutable<JwtConfig>[] };
  };
  /** Absolute. */
  readonly stateDir: string;
  readonly cloud?: Immutable<Omit<NonNullable<DeclaredConfig['cloud']>, 'limits'>>;
  readonly limits: Limits;
  /** By name. */
  readonly notifiers: Readonly<Record<string, Immutable<z.output<typeof notifierConfig>>>>;
  readonly rotations: readonly RotationConfig[];
};

type Immutable<T> = T extends string | number | boolean | null | undefined
  ? T
  : { readonly [Key in keyof T]: Immutable<T[Key]> };

import { z } from 'zod';
import { RotorError } from '../rotation/errors.js';
import type { Secret } from '../rotation/secret.js';
import { STATE_DIR, type Overrides } from './defaults.js';
import { listenAddress } from './fields.js';
import { secretFromVariable, type RawEnv } from './secret-ref.js';

export type { RawEnv };

/** Where a service listens that was not told otherwise. */
export const ADDRESS = 'http://127.0.0.1:8080';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** A variable that Rotor hands on to the library that reads it, unchecked. */
function readElsewhere(description: string, unit: string, fallback = 'none') {
  return z.string().optional().meta({ description, unit, fallback });
}

const webAddress = z.url({ protocol: /^https?$/, error: 'an http or https URL' });
/** What is certainly no secret in the wrong variable. */
const HOST_AND_PORT = /^[\w.-]+:\d{1,5}$/;
const serviceAddress = z.url({
  protocol: /^https?$/,
  error: ({ input }) =>
    typeof input === 'string' && HOST_AND_PORT.test(input)
      ? `an http or https URL, found "${input}"`
      : 'an http or https URL',
});

/**
 * Every variable, in the order of `.env.example`. In the meta of each: `description`, `unit`, and as `fallback` what
 * holds where it is not set.
 */
export const envSchema = z.object({
  ROTOR_CONFIG: z
    .string()
    .default('./rotor.yaml')
    .meta({ description: 'The config file.', unit: 'path', fallback: './rotor.yaml' }),
  ROTOR_STATE_DIR: z.string().optional().meta({
    description: 'Folder of the journal; wins over stateDir in the file.',
    unit: 'path',
    fallback: STATE_DIR,
  }),
  ROTOR_LISTEN: listenAddress('Where the API listens; wins over server.listen in the file.', '127.0.0.1:8080')
    .optional()
    .meta({
      description: 'Where the API listens; wins over server.listen in the file.',
      unit: 'host:port',
      fallback: '127.0.0.1:8080',
    }),
  ROTOR_LOG_LEVEL: z
    .enum(LOG_LEVELS, { error: `one of: ${LOG_LEVELS.join(', ')}` })
    .default('info')
    .meta({
      description: 'The least level that is logged.',
      unit: `one of ${LOG_LEVELS.join(', ')}`,
      fallback: 'info',
    }),
  ROTOR_ADDR: serviceAddress.optional().meta({
    description: 'The service that the commands talk to; wins over the context in use.',
    unit: 'URL',
    fallback: ADDRESS,
  }),
  ROTOR_CONTEXT: z.string().optional().meta({
    description: 'The context that the commands use instead of the current one; see `rotor context`.',
    unit: 'name of a context',
    fallback: 'none',
  }),
  ROTOR_TOKEN: readElsewhere(
    'API token: the commands send it, and the service takes it in place of one of its own making, so that replicas share one (32 characters or more). Where unset, it is in the file api-token in the state directory.',
    'secret',
  ),
  ROTOR_TOKEN_FILE: readElsewhere('File that holds the API token, in place of ROTOR_TOKEN.', 'path'),
  DATABASE_URL: readElsewhere(
    'PostgreSQL of the journal, postgres://user:password@host:port/database?sslmode=verify-full. Where unset, the journal is a file in the state directory, for one process alone.',
    'secret',
  ),
  DATABASE_URL_FILE: readElsewhere('File that holds the URL, in place of DATABASE_URL.', 'path'),
  EC_API_KEY: readElsewhere(
    'Example of a secret that the config file refers to as ${env:EC_API_KEY}; any name will do.',
    'secret',
  ),
  EC_API_KEY_FILE: readElsewhere(
    'File that holds the value, in place of EC_API_KEY: ${env:X} reads the file X_FILE names where X is not set.',
    'path',
  ),
  KIBANA_API_KEY: readElsewhere('The same for the credentials of a Kibana, ${env:KIBANA_API_KEY}.', 'secret'),
  HTTPS_PROXY: webAddress
    .optional()
    .meta({ description: 'Proxy for outbound HTTPS.', unit: 'URL', fallback: 'none' }),
  NO_PROXY: readElsewhere(
    'Hosts that are reached without the proxy.',
    'list of host, .domain or host:port, by comma',
  ),
  NO_COLOR: readElsewhere('Set to anything: no colour in the output of commands.', 'any text'),
  FORCE_COLOR: readElsewhere('Colour also where the output is not a terminal.', '0, 1, 2 or 3'),
  AWS_REGION: readElsewhere('Region of a store that names none; read by the AWS SDK.', 'AWS region'),
  AWS_ACCESS_KEY_ID: readElsewhere(
    'Credentials, read by the AWS SDK; better a role of the machine, which needs none here.',
    'text',
  ),
  AWS_SECRET_ACCESS_KEY: readElsewhere('Credentials, read by the AWS SDK.', 'secret'),
  AWS_SESSION_TOKEN: readElsewhere('Of temporary credentials, read by the AWS SDK.', 'secret'),
  AWS_PROFILE: readElsewhere('Profile of the shared config files, read by the AWS SDK.', 'text'),
});

export type Env = {
  readonly config: string;
  readonly stateDir: string;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  /** Absent where nobody set it. */
  readonly address?: string;
  readonly context?: string;
  /** What was really set, and so wins over the config file. */
  readonly overrides: Overrides;
};

/**
 * The variables that Rotor reads itself, but no secret; an empty one counts as not set.
 * @throws RotorError `config_invalid` that names every bad variable, and no value that may be a secret.
 */
export function loadEnv(raw: RawEnv): Env {
  const set = Object.fromEntries(Object.entries(raw).filter(([, value]) => value !== ''));
  const parsed = envSchema.safeParse(set);
  if (!parsed.success) throw invalid(parsed.error);
  const { ROTOR_CONFIG, ROTOR_STATE_DIR, ROTOR_LISTEN, ROTOR_LOG_LEVEL, ROTOR_ADDR, ROTOR_CONTEXT } =
    parsed.data;
  return {
    config: ROTOR_CONFIG,
    stateDir: ROTOR_STATE_DIR ?? STATE_DIR,
    logLevel: ROTOR_LOG_LEVEL,
    ...(ROTOR_ADDR !== undefined && { address: ROTOR_ADDR }),
    ...(ROTOR_CONTEXT !== undefined && { context: ROTOR_CONTEXT }),
    overrides: {
      ...(ROTOR_LISTEN !== undefined && { listen: ROTOR_LISTEN }),
      ...(ROTOR_STATE_DIR !== undefined && { stateDir: ROTOR_STATE_DIR }),
    },
  };
}

/** What the commands send; undefined where none is set. Throws `config_invalid`. */
export function apiToken(raw: RawEnv): Secret | undefined {
  if (!raw['ROTOR_TOKEN'] && !raw['ROTOR_TOKEN_FILE']) return undefined;
  return secretFromVariable('ROTOR_TOKEN', raw);
}

/** Of the PostgreSQL that holds the journal; undefined: a file in the state directory does. Throws `config_invalid`. */
export function databaseUrl(raw: RawEnv): Secret | undefined {
  if (!raw['DATABASE_URL'] && !raw['DATABASE_URL_FILE']) return undefined;
  return secretFromVariable('DATABASE_URL', raw);
}

function invalid(error: z.ZodError): RotorError {
  const faults = [
    ...new Set(error.issues.map(({ path, message }) => `${path.join('.')}: expected ${message}`)),
  ];
  const count = faults.length === 1 ? 'an error' : `${faults.length} errors`;
  const message = `the environment has ${count}: ${faults.join('; ')}`;
  return new RotorError('config_invalid', message, {
    hint: 'Correct or unset the variable; .env.example lists all of them.',
  });
}

import { createHash } from 'node:crypto';
import type { Fingerprint } from '../../rotation/secret.js';
import type { SecretPlace } from '../aws/secret-reference.js';
import type { AwsTargetDeps } from '../aws/fields.js';
import { SHELL, type SsmTargetConfig } from './config.js';

type Kind = 'deliver' | 'check';
type Sent = {
  readonly DocumentName: string;
  readonly Comment: string;
  readonly Parameters: Record<string, string[]>;
};

/** What another document than the shell's is given. */
export const PARAMETERS = ['secretId', 'secretRegion', 'tokenFingerprint'] as const;

/**
 * By which a command is found again, in its comment, of which AWS takes 100 characters. Another command for other
 * hosts, or another line in it, is another one.
 */
export function commentOf(
  kind: Kind,
  config: SsmTargetConfig,
  rotation: string,
  ...what: readonly string[]
): string {
  const { name, targets, instanceIds, document, commands, check } = config;
  const essence = [
    rotation,
    name,
    targets,
    instanceIds,
    ...(kind === 'check' ? [check] : [document, commands]),
  ];
  const id = createHash('sha256').update(JSON.stringify(essence)).digest('hex').slice(0, 16);
  return ['rotor', kind, id, ...what].join(' ');
}

/** What hosts are sent: where the token is, and its fingerprint. Never the token, which AWS would keep in clear. */
export function deliveryOf(
  config: SsmTargetConfig,
  { rotation, secret, run }: Pick<AwsTargetDeps, 'rotation' | 'secret' | 'run'>,
  fingerprint: Fingerprint,
): Sent {
  const { document, commands } = config;
  const Comment = commentOf('deliver', config, rotation, fingerprint, ...(run === undefined ? [] : [run]));
  if (document === SHELL) {
    return { DocumentName: SHELL, Comment, Parameters: script(commands, config, secret, fingerprint) };
  }
  const Parameters = {
    secretId: [secret.id],
    secretRegion: [secret.region ?? ''],
    tokenFingerprint: [fingerprint],
  } satisfies Record<(typeof PARAMETERS)[number], string[]>;
  return { DocumentName: document, Comment, Parameters };
}

export function checkOf(
  config: SsmTargetConfig & { readonly check: readonly string[] },
  { rotation, secret }: { readonly rotation: string; readonly secret: SecretPlace },
): Sent {
  return {
    DocumentName: SHELL,
    Comment: commentOf('check', config, rotation),
    Parameters: script(config.check, config, secret),
  };
}

/** A line that fails ends it: the document itself looks at the last one alone. */
function script(
  lines: readonly string[],
  { commandTimeoutMs }: SsmTargetConfig,
  { id, region, key }: SecretPlace,
  fingerprint?: Fingerprint,
): Record<string, string[]> {
  const variables = {
    ROTOR_SECRET_ID: id,
    ROTOR_SECRET_REGION: region ?? '',
    ROTOR_SECRET_KEY: key ?? '',
    ...(fingerprint && { ROTOR_TOKEN_FINGERPRINT: fingerprint }),
  };
  const exports = Object.entries(variables).map(([name, value]) => `export ${name}=${quoted(value)}`);
  return {
    commands: ['set -e', ...exports, ...lines],
    executionTimeout: [String(Math.ceil(commandTimeoutMs / 1_000))],
  };
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

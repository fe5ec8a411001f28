import type { Agent } from 'node:https';
import type { CallsOptions } from '../../aws/calls.js';
import type { AwsService } from '../../aws/clients.js';
import { credentialsConfig, type CredentialsConfig } from '../../aws/credentials-config.js';
import { REGION } from '../../aws/region.js';
import { httpsUrl, text, tlsTrust } from '../../config/fields.js';
import type { Millis } from '../../rotation/run.js';
import { awsFault } from './faults.js';
import type { SecretPlace } from './secret-reference.js';

/** Where a service of AWS is spoken to, in rotor.yaml; of every kind of target there. */
export const awsFields = {
  region: text('AWS region. Default: that of the secret.', REGION).exactOptional(),
  endpoint: httpsUrl('Another endpoint of the service, such as a VPC endpoint.').exactOptional(),
  tls: tlsTrust('the endpoint and STS').exactOptional(),
  credentials: credentialsConfig.exactOptional(),
};

export type AwsFields = {
  readonly region?: string;
  readonly endpoint?: string;
  readonly tls?: { readonly caFile: string };
  readonly credentials?: CredentialsConfig;
};

export type AwsTargetDeps = {
  readonly rotation: string;
  /** Which one delivers, and looks at what it delivered. Absent: nobody waits for a delivery. */
  readonly run?: string | undefined;
  /** Where the token is read by whoever runs there. */
  readonly secret: SecretPlace;
  /** Proxy and private authorities live there. */
  readonly agentFor: (tls: AwsFields['tls']) => Agent;
  readonly now: () => Millis;
  /** Milliseconds between two looks at something that AWS is still doing. Default: 2 seconds. */
  readonly pollMs?: number;
  /** Milliseconds between two requests to a service that counts them tightly. Default: its own measure. */
  readonly everyMs?: number;
  /** Milliseconds that one look waits for it. Default: 20 seconds in a run, 8 for who waits for the answer. */
  readonly waitMs?: number;
};

/** How the service is spoken to; the adapter says how its clients are opened. */
export function callsOf(
  service: AwsService,
  config: AwsFields & { readonly name: string },
  { secret, agentFor }: AwsTargetDeps,
): Omit<CallsOptions<never>, 'open'> {
  const { endpoint, credentials } = config;
  return {
    service,
    place: { region: config.region ?? secret.region ?? undefined, endpoint, credentials },
    agent: agentFor(config.tls),
    fault: awsFault(config.name, service),
  };
}

export const POLL_MS = 2_000;

/** For a name of a target: what is in an ARN after its last colon or slash, or all of it. */
export function lastPartOf(nameOrArn: string): string {
  const part = /[^:/]*$/.exec(nameOrArn)?.[0] ?? '';
  return (
    part
      .replaceAll(/[^A-Za-z0-9._-]/g, '')
      .replace(/^[^A-Za-z0-9]+/, '')
      .slice(0, 63) || 'aws'
  );
}

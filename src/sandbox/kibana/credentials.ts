import type { Random } from '../random.js';

type Level = 'all' | 'read' | 'none';

/**
 * What the role of the credentials may do; elastic/kibana x-pack/platform/plugins/shared/fleet/common/authz.ts and
 * server/services/security/route_required_authz.ts.
 */
export type Privileges = {
  readonly agentPolicies: Level;
  readonly integrations: Level;
  readonly agents: Level;
};

export type Credentials = { readonly apiKey: string; readonly username: string; readonly password: string };

export const ALL: Privileges = { agentPolicies: 'all', integrations: 'all', agents: 'all' };

export function createCredentials(random: Random): Credentials {
  const apiKey = Buffer.from(`${random.base62(20)}:${random.base62(22)}`, 'utf8').toString('base64');
  return { apiKey, username: `rotor-${random.base62(4)}`, password: random.base62(24) };
}

/** A key of the Elastic Cloud API is as unknown here as any other. */
export function isKnown(
  authorization: string | undefined,
  { apiKey, username, password }: Credentials,
): boolean {
  const basic = Buffer.from(`${username}:${password}`, 'utf8').toString('base64');
  return authorization === `ApiKey ${apiKey}` || authorization === `Basic ${basic}`;
}

export type Need = 'read policy' | 'write policy' | 'read agent policy' | 'read agents';

export function suffices({ agentPolicies, integrations, agents }: Privileges, need: Need): boolean {
  switch (need) {
    case 'read policy':
      return agentPolicies !== 'none' && integrations !== 'none';
    case 'write policy':
      return agentPolicies === 'all' && integrations === 'all';
    case 'read agent policy':
      return agentPolicies !== 'none';
    case 'read agents':
      return agents !== 'none';
  }
}

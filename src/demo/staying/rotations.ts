import type { DeploymentOptions } from '../../sandbox/options.js';

/** Who gets the token of a rotation of the sandbox that stays. */
type Receivers =
  | { readonly kind: 'agents'; readonly real?: number; readonly simulated?: number }
  | { readonly kind: 'ecs' | 'lambda' | 'kubernetes' }
  | { readonly kind: 'none' };

/** One rotation of it, and what a newcomer sees by it. */
export type Shown = {
  readonly name: string;
  readonly says: string;
  readonly mode: DeploymentOptions['mode'];
  readonly env: 'prod' | 'staging';
  readonly receivers: Receivers;
  /** Fields of its config beside those that all of them have. */
  readonly config?: object;
  /** Of each target. */
  readonly target?: object;
  /** An instance of its APM Server that loads another token only when somebody restarts it, a minute later. */
  readonly stuckInstance?: number;
  /** A pause that is on from the beginning. */
  readonly pausedFor?: string;
  /** Why somebody has asked for its approval, before anybody looks. */
  readonly askedFor?: string;
  /** As if Rotor had known it for so long, and never rotated it. */
  readonly knownForMs?: number;
  /** Rotated before anybody looks. */
  readonly isRotatedFirst?: true;
};

export const RESTARTED_AFTER_MS = 60_000;

const DAY_MS = 24 * 60 * 60_000;

/** As a config says it in UTC. */
function minute(at: number): string {
  return new Date(at).toISOString().slice(0, 'YYYY-MM-DDTHH:MM'.length);
}

/** Each is something that befalls an operator; `now` is in epoch milliseconds. */
export function rotationsAt(now: number): readonly Shown[] {
  return [
    {
      name: 'checkout',
      says: 'succeeds: reset through the Elastic Cloud API, delivered to agents in two waves',
      mode: 'standalone',
      env: 'prod',
      receivers: { kind: 'agents', real: 1, simulated: 3 },
      config: { strategy: { waves: ['canary', 'rest'], soak: '3s' } },
    },
    {
      name: 'search',
      says: 'succeeds: set in Kibana Fleet, delivered to a service in Amazon ECS; rotated once already',
      mode: 'managed',
      env: 'prod',
      receivers: { kind: 'ecs' },
      isRotatedFirst: true,
    },
    {
      name: 'payments',
      says: 'is paused; delivers to a workload in Kubernetes',
      mode: 'managed',
      env: 'prod',
      receivers: { kind: 'kubernetes' },
      pausedFor: 'the auditors are in the house',
    },
    {
      name: 'accounts',
      says: 'waits for an approval, which a colleague has asked for; delivers to a service in Amazon ECS',
      mode: 'standalone',
      env: 'prod',
      receivers: { kind: 'ecs' },
      config: { approval: { required: true } },
      askedFor: 'a former colleague has seen the token',
    },
    {
      name: 'billing',
      says: 'is overdue: a blackout holds its runs back; delivers to AWS Lambda',
      mode: 'standalone',
      env: 'staging',
      receivers: { kind: 'lambda' },
      config: {
        schedule: {
          blackouts: [{ from: minute(now - DAY_MS), to: minute(now + DAY_MS), reason: 'release freeze' }],
        },
      },
      knownForMs: 31 * DAY_MS,
    },
    {
      name: 'orders',
      says: 'stalls until an instance of its APM Server that keeps the old token is restarted, in a minute',
      mode: 'standalone',
      env: 'staging',
      receivers: { kind: 'agents', simulated: 1 },
      stuckInstance: 2,
    },
    {
      name: 'invoices',
      says: 'ends as partial: the reload command of its one target fails each time',
      mode: 'managed',
      env: 'staging',
      receivers: { kind: 'agents', simulated: 1 },
      target: { reload: [process.execPath, '--eval', 'process.exit(3)'] },
    },
    {
      name: 'legacy',
      says: 'is refused before anything is changed: its config names the wrong issuer',
      mode: 'managed',
      env: 'staging',
      receivers: { kind: 'none' },
      config: { issuer: 'elastic-cloud', kibana: undefined },
      isRotatedFirst: true,
    },
  ];
}

export function deploymentOf({ name, env }: Pick<Shown, 'name' | 'env'>): string {
  return `${name}-${env}`;
}

export function secretIdOf({ name, env }: Pick<Shown, 'name' | 'env'>): string {
  return `${env}/apm/${name}`;
}

/** What the sandbox has to stand for all of them. */
export function deploymentsOf(rotations: readonly Shown[]): DeploymentOptions[] {
  return rotations.map(({ name, env, mode }) => ({
    name: deploymentOf({ name, env }),
    kind: mode === 'managed' ? 'integrations_server' : 'apm',
    mode,
    tags: { env, team: name },
  }));
}

import { fingerprintOf } from '../../rotation/secret.js';
import type { AuthSettings } from '../apm-server/authorization.js';
import type { RolloutDeps, RolloutSubject } from '../apm-server/rollout.js';
import { uuid } from '../random.js';
import { asText, hostedVariables, isSecretReference } from './apm-package.js';
import { ElasticAgents } from './elastic-agents.js';
import { PackagePolicy, type PolicyContent } from './package-policy.js';

/** As the platform names them: the fixtures of elastic/apm-server integrationservertest/internal/kibana/testdata. */
export const HOSTED_POLICY = 'elastic-cloud-apm';
const HOSTED_AGENT_POLICY = 'policy-elastic-agent-on-cloud';

export type AgentPolicy = {
  readonly id: string;
  readonly name: string;
  revision: number;
  readonly agents: ElasticAgents | undefined;
};

/** Fleet of one Kibana: integration policies of Elastic APM, their agent policies, and the agents behind them. */
export class Fleet {
  readonly policies = new Map<string, PackagePolicy>();
  readonly agentPolicies = new Map<string, AgentPolicy>();
  /** Kibana dies after the next save, before it has told the agents. */
  diesBeforeBump = false;

  constructor(
    private readonly subject: RolloutSubject,
    private readonly deps: RolloutDeps,
  ) {}

  /** The APM integration of the deployment itself, whose agents are the instances of its APM Server. */
  host(apmUrl: string, token: string): PackagePolicy {
    const revision = 1 + Math.floor(this.deps.random.next() * 20);
    this.agentPolicies.set(HOSTED_AGENT_POLICY, {
      id: HOSTED_AGENT_POLICY,
      name: 'Elastic Cloud agent policy',
      revision,
      agents: new ElasticAgents(this.subject, this.deps, revision),
    });
    return this.#add(HOSTED_POLICY, 'Elastic APM', HOSTED_AGENT_POLICY, hostedVariables(apmUrl, token));
  }

  /** One more, of one's own making: another token, and no agent that runs it. */
  addPolicy(name: string, apmUrl: string): PackagePolicy {
    const id = uuid(this.deps.random);
    const agentPolicy = {
      id: uuid(this.deps.random),
      name: `${name} agents`,
      revision: 1,
      agents: undefined,
    };
    this.agentPolicies.set(agentPolicy.id, agentPolicy);
    return this.#add(id, name, agentPolicy.id, hostedVariables(apmUrl, this.deps.random.base62(32)));
  }

  /** Saves, then bumps the agent policies: elastic/kibana fleet/server/services/package_policy.ts `update`. */
  save(policy: PackagePolicy, content: PolicyContent, by: string): void {
    policy.write(content, by);
    const { ledger } = this.deps;
    ledger.append({
      kind: 'policy.saved',
      deployment: this.subject.name,
      policy: policy.id,
      by,
      fingerprint: fingerprintOf(this.tokenOf(policy) ?? ''),
    });
    if (this.diesBeforeBump) {
      this.diesBeforeBump = false;
      return;
    }
    for (const id of content.policy_ids) this.#bump(id, policy);
  }

  /** What the APM Server gets to see, a secret resolved. */
  tokenOf(policy: PackagePolicy): string | undefined {
    const { token } = policy;
    if (isSecretReference(token)) return policy.hiddenToken;
    return token === undefined || token === null ? undefined : asText(token);
  }

  #bump(id: string, policy: PackagePolicy): void {
    const agentPolicy = this.agentPolicies.get(id);
    if (!agentPolicy) return;
    agentPolicy.revision += 1;
    agentPolicy.agents?.rollOut({ revision: agentPolicy.revision, auth: authOf(policy) });
  }

  #add(id: string, name: string, agentPolicy: string, variables: PolicyContent['variables']): PackagePolicy {
    const key = (): string => `${this.deps.random.base62(20)}:${this.deps.random.base62(22)}`;
    const elasticsearch = (): object => ({ elasticsearch: { api_key: key() } });
    const content: PolicyContent = {
      name,
      description: '',
      namespace: 'default',
      enabled: true,
      policy_ids: [agentPolicy],
      variables,
      config: {
        'apm-server': {
          value: {
            agent: { config: elasticsearch() },
            agent_config: [],
            rum: { source_mapping: { ...elasticsearch(), metadata: [] } },
          },
        },
      },
      hasApmInput: true,
    };
    const policy = new PackagePolicy(id, content, this.deps.random);
    this.policies.set(id, policy);
    return policy;
  }
}

/** With neither a token nor API keys the APM Server lets anyone in; a number that YAML made of a token is read as text. */
function authOf(policy: PackagePolicy): AuthSettings {
  const { secret_token: token, api_key: keys } = policy.compiled['apm-server'].auth;
  const text = token === null || token === undefined ? '' : asText(token);
  const resolved = isSecretReference(policy.token) ? (policy.hiddenToken ?? '') : text;
  return { token: resolved === '' ? undefined : resolved, open: resolved === '' && keys?.enabled !== true };
}

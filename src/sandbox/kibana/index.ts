import { fingerprintOf, type Fingerprint } from '../../rotation/secret.js';
import type { RolloutDeps, RolloutSubject } from '../apm-server/rollout.js';
import type { ExchangeDeps } from '../exchange.js';
import type { Faults } from '../faults.js';
import type { HttpsFront, Network } from '../https-front.js';
import { uuid } from '../random.js';
import { ALL, createCredentials, type Credentials, type Privileges } from './credentials.js';
import { Fleet, HOSTED_POLICY } from './fleet.js';
import type { PackagePolicy, PolicyContent } from './package-policy.js';
import { startKibana } from './server.js';

export type { Credentials, Privileges } from './credentials.js';
export { HOSTED_POLICY } from './fleet.js';

/** What tests and demonstrations know of a Kibana and do to it behind its API's back. */
export type KibanaHandle = {
  readonly url: string;
  readonly credentials: Credentials;
  /** Of the deployment's own APM integration; undefined where APM is standalone. */
  currentToken(): string | undefined;
  currentFingerprint(): Fingerprint | undefined;
  /** A colleague saves the policy with this token, or a fresh one: another version, rolled out to the agents. */
  editToken(token?: string): void;
  /** The next PUT is saved, the agents never hear of it, and the connection is cut. */
  dieBetweenWriteAndBump(): void;
  /** From now on no Elastic Agent can load its APM input; the APM Server stays on what it runs with. */
  failInput(message: string): void;
  repairInput(): void;
  offlineAgent(index: number): void;
  /** As kibana.yml does with xpack.fleet.agentPolicies, and the recipe of Elastic Cloud on Kubernetes. */
  freezeToken(): void;
  /** The token becomes a Fleet secret: the API tells a reference from then on. */
  hideToken(): void;
  /** One more APM integration, with a token and an agent policy of its own. Returns its id. */
  addPolicy(name: string): string;
  removeApmInput(): void;
  removePolicy(): void;
  /** The deployment's own policy is seen from that space only. */
  moveToSpace(space: string): void;
  allow(privileges: Partial<Privileges>): void;
};

type KibanaDeps = RolloutDeps & { readonly network: Network; readonly faults: Faults };
type Subject = RolloutSubject & { readonly id: string; readonly apmUrl: string };

/** One Kibana with its Fleet; every deployment has one, managed APM or not. */
export class SandboxKibana implements KibanaHandle {
  readonly credentials: Credentials;
  readonly #fleet: Fleet;
  readonly #subject: Subject;
  readonly #deps: KibanaDeps;
  #privileges: Privileges = ALL;
  #front: HttpsFront | undefined;

  constructor(subject: Subject, deps: KibanaDeps) {
    this.#subject = subject;
    this.#deps = deps;
    this.credentials = createCredentials(deps.random);
    this.#fleet = new Fleet(subject, deps);
  }

  get url(): string {
    return this.#open.url;
  }

  get server(): HttpsFront {
    return this.#open;
  }

  async start(exchange: ExchangeDeps): Promise<HttpsFront> {
    const { network, ledger } = this.#deps;
    const fleet = this.#fleet;
    const { id, name } = this.#subject;
    this.#front = await startKibana({
      network,
      ledger,
      exchange,
      deployment: { id, name },
      fleet,
      credentials: this.credentials,
      privileges: () => this.#privileges,
    });
    return this.#front;
  }

  /** From now on Elastic Agent manages the APM Server of this deployment, which keeps its token. */
  manage(token: string): void {
    this.#fleet.host(this.#subject.apmUrl, token);
  }

  currentToken(): string | undefined {
    const policy = this.#fleet.policies.get(HOSTED_POLICY);
    return policy && this.#fleet.tokenOf(policy);
  }

  currentFingerprint(): Fingerprint | undefined {
    const token = this.currentToken();
    return token === undefined ? undefined : fingerprintOf(token);
  }

  editToken(token: string = this.#deps.random.base62(32)): void {
    this.#save((content) => withToken(content, { value: token }), 'colleague');
  }

  dieBetweenWriteAndBump(): void {
    this.#fleet.diesBeforeBump = true;
    this.#deps.faults.add({
      operation: 'put-package-policy',
      deployment: this.#subject.id,
      effect: { kind: 'reply-lost' },
    });
  }

  failInput(message: string): void {
    this.#agents.failInput(message);
  }

  repairInput(): void {
    this.#agents.repairInput();
  }

  offlineAgent(index: number): void {
    this.#agents.takeOffline(index);
  }

  freezeToken(): void {
    this.#save((content) => withToken(content, { value: this.#policy.token, frozen: true }), 'kibana');
  }

  hideToken(): void {
    const policy = this.#policy;
    policy.hiddenToken = this.#fleet.tokenOf(policy);
    const value = { id: uuid(this.#deps.random), isSecretRef: true };
    this.#save((content) => withToken(content, { value }), 'kibana');
  }

  addPolicy(name: string): string {
    return this.#fleet.addPolicy(name, this.#subject.apmUrl).id;
  }

  removeApmInput(): void {
    this.#save((content) => ({ ...content, hasApmInput: false }), 'colleague');
  }

  removePolicy(): void {
    this.#fleet.policies.delete(this.#policy.id);
  }

  moveToSpace(space: string): void {
    this.#policy.space = space;
  }

  allow(privileges: Partial<Privileges>): void {
    this.#privileges = { ...this.#privileges, ...privileges };
  }

  #save(change: (content: PolicyContent) => PolicyContent, by: string): void {
    this.#fleet.save(this.#policy, change(this.#policy.content), by);
  }

  get #policy(): PackagePolicy {
    const policy = this.#fleet.policies.get(HOSTED_POLICY);
    if (policy) return policy;
    throw new Error(`${this.#subject.name} is standalone: its Fleet has no APM integration`);
  }

  get #agents() {
    const [policy] = this.#policy.content.policy_ids;
    const agents = policy === undefined ? undefined : this.#fleet.agentPolicies.get(policy)?.agents;
    if (agents) return agents;
    throw new Error(`${this.#subject.name} has no Elastic Agents`);
  }

  get #open(): HttpsFront {
    if (this.#front) return this.#front;
    throw new Error(`the Kibana of ${this.#subject.name} has not been started yet`);
  }
}

function withToken(content: PolicyContent, token: { value: unknown; frozen?: boolean }): PolicyContent {
  return { ...content, variables: { ...content.variables, secret_token: { type: 'text', ...token } } };
}

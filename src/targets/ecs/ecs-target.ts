import type { Service } from '@aws-sdk/client-ecs';
import { RotorError, type Code } from '../../rotation/errors.js';
import type { Fingerprint, Secret } from '../../rotation/secret.js';
import { each } from '../aws/each.js';
import { refusing } from '../aws/faults.js';
import { lastPartOf, type AwsTargetDeps } from '../aws/fields.js';
import { inTurn } from '../aws/in-turn.js';
import { together } from '../aws/together.js';
import type { Finding, Known, Observation, Target } from '../target.js';
import { EcsApi } from './api.js';
import type { EcsTargetConfig } from './config.js';
import { checkTask, serviceRefusal } from './preflight.js';
import { seenIn } from './seen.js';
import { deployedTags, intentTags, primaryOf, standingOf, type Marking } from './standing.js';

/**
 * Services whose tasks read the secret when they start: a delivery starts one new deployment of each. What was started
 * for which token is on the service itself, in tags that are written before and after: a death between any two
 * requests costs no second restart. A request that a frozen process sends after all costs one.
 */
export function createEcsTarget(config: EcsTargetConfig, deps: AwsTargetDeps): Target {
  return new EcsTarget(config, deps);
}

class EcsTarget implements Target {
  readonly #api: EcsApi;

  constructor(
    private readonly config: EcsTargetConfig,
    private readonly deps: AwsTargetDeps,
  ) {
    this.#api = new EcsApi(config, deps);
  }

  async preflight(signal: AbortSignal, known?: Known): Promise<readonly Finding[]> {
    return refusing(async () => {
      const services = await this.#services('target_refused', signal);
      for (const service of services) {
        const refusal = serviceRefusal(service);
        if (refusal)
          throw this.#error(
            'target_refused',
            `service ${service.serviceName} ${refusal.because}`,
            refusal.hint,
          );
      }
      const findings = await each(services, async (service) => this.#check(service, known, signal));
      return findings.flat();
    });
  }

  async deliver(token: Secret, signal: AbortSignal): Promise<void> {
    const { name: target, services: names } = this.config;
    const found = await this.#found('target_failed', names, signal);
    const parts = names.map((name) => ({
      name: `service ${lastPartOf(name)}`,
      item: { name, service: found.find((one) => isNamed(one, name)) },
    }));
    const deploy = async ({ name, service }: (typeof parts)[number]['item']): Promise<void> => {
      if (!service) throw this.#missing('target_failed', name);
      return this.#deploy(service, token.fingerprint, signal);
    };
    await inTurn(target, parts, deploy, signal);
  }

  async observe(expected: Fingerprint, signal: AbortSignal): Promise<Observation> {
    const services = await this.#services('target_failed', signal);
    const { rotation, now } = this.deps;
    const marking = { rotation, fingerprint: expected };
    const seen = services.map(async (service) =>
      seenIn(service, standingOf(service, marking, now()), this.#api.settled, async () =>
        this.#api.tasks(service.serviceName ?? '', signal),
      ),
    );
    return together(await Promise.all(seen));
  }

  async #deploy(service: Service, fingerprint: Fingerprint, signal: AbortSignal): Promise<void> {
    const { serviceArn = '', serviceName = '', status } = service;
    if (status !== 'ACTIVE') throw this.#error('target_failed', `service ${serviceName} is ${status}`);
    const { rotation, run, now } = this.deps;
    const marking: Marking = { rotation, fingerprint, run };
    const standing = standingOf(service, marking, now());
    if (standing.is === 'deployed') {
      if (!standing.isMarked) await this.#api.tag(serviceArn, deployedTags(marking, standing), signal);
      return;
    }
    await this.#api.tag(serviceArn, intentTags(marking, service), signal);
    const primary = primaryOf(await this.#api.startDeployment(serviceName, signal));
    if (primary?.id === undefined)
      throw this.#error('target_failed', `service ${serviceName} shows no new deployment`);
    const deployed = { deployment: primary.id, since: primary.createdAt?.getTime() ?? now() };
    await this.#api.tag(serviceArn, deployedTags(marking, deployed), signal);
  }

  async #check(service: Service, known: Known | undefined, signal: AbortSignal): Promise<readonly Finding[]> {
    const { serviceName, taskDefinition = '', desiredCount } = service;
    const task = await this.#api.taskDefinition(taskDefinition, signal);
    const where = `Target ${this.config.name}: service ${serviceName}`;
    const { refusals, findings } = checkTask(task ?? {}, this.deps.secret, { where, ...known });
    if (refusals.length > 0) throw new RotorError('target_refused', refusals.join(' '));
    if (desiredCount !== 0) return findings;
    return [...findings, `${where}: no task is wanted at present, so nothing will be restarted.`];
  }

  async #services(code: Code, signal: AbortSignal): Promise<readonly Service[]> {
    const { services: names } = this.config;
    const found = await this.#found(code, names, signal);
    const missing = names.find((name) => !found.some((service) => isNamed(service, name)));
    if (missing === undefined) return found;
    throw this.#missing(code, missing);
  }

  async #found(code: Code, names: readonly string[], signal: AbortSignal): Promise<readonly Service[]> {
    const found = await this.#api.services(names, signal);
    if (found !== 'cluster_missing') return found.filter((one) => names.some((name) => isNamed(one, name)));
    const { cluster } = this.config;
    throw this.#error(code, `AWS does not find cluster ${cluster}`, 'Check its name, region and account.');
  }

  #missing(code: Code, service: string): RotorError {
    return this.#error(
      code,
      `AWS does not find service ${service} in cluster ${this.config.cluster}`,
      'Check its name, cluster, region and account.',
    );
  }

  #error(code: Code, what: string, hint?: string): RotorError {
    const message = `Target ${this.config.name}: ${what}.`;
    return new RotorError(code, message, { retryable: false, ...(hint !== undefined && { hint }) });
  }
}

function isNamed({ serviceName, serviceArn }: Service, nameOrArn: string): boolean {
  return nameOrArn === serviceName || nameOrArn === serviceArn;
}

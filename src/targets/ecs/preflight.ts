import type { ContainerDefinition, Service, TaskDefinition } from '@aws-sdk/client-ecs';
import type { Refusal } from '../aws/refusal.js';
import { checkAgentSettings, joinedChecks, type AgentCheck, type AgentSettings } from '../agent-checks.js';
import { isOurSecret, placeOf, type SecretPlace } from '../aws/secret-reference.js';
import type { Known } from '../target.js';

const TOKEN = 'ELASTIC_APM_SECRET_TOKEN';

/** Why a service cannot be delivered to by a restart of its tasks; the first hit. */
export function serviceRefusal({
  status,
  deploymentController,
  serviceArn = '',
}: Service): Refusal | undefined {
  if (status !== 'ACTIVE') {
    return { because: `is ${status}`, hint: 'Create it again, or name another service.' };
  }
  // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
  const controller = deploymentController?.type ?? 'ECS';
  if (controller !== 'ECS') {
    return {
      because: `is deployed by ${controller}, and a new deployment can be forced with the deployment controller ECS alone`,
      hint: 'Deliver with a webhook to whatever deploys it.',
    };
  }
  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-account-settings.html#ecs-resource-ids
  if (!/:service\/[^/]+\/[^/]+$/.test(serviceArn)) {
    return {
      because: `has an ARN of the short form (${serviceArn}), and AWS keeps no tags on it`,
      hint: 'Create it again: services of today have the name of their cluster in the ARN.',
    };
  }
  return undefined;
}

type ServicePlace = { readonly where: string } & Partial<Known>;

/** How the containers of a task come by the token; `where` is the service. */
export function checkTask(task: TaskDefinition, secret: SecretPlace, service: ServicePlace): AgentCheck {
  const { where } = service;
  const all = task.containerDefinitions ?? [];
  const concerned = all.filter((container) => isConcerned(container, secret));
  if (concerned.length > 0) {
    return joinedChecks(
      concerned.map((container) =>
        checkContainer(container, secret, { ...service, where: `${where}, container ${container.name}` }),
      ),
    );
  }
  const finding = `${where}: no container takes the token of ${placeOf(secret)} as a variable: a restart brings it only where the application reads the secret itself when it starts.`;
  return { refusals: [], findings: [finding] };
}

function isConcerned({ environment = [], secrets = [] }: ContainerDefinition, secret: SecretPlace): boolean {
  return (
    [...environment, ...secrets].some(({ name }) => name === TOKEN) ||
    secrets.some(({ valueFrom = '' }) => isOurSecret(referenceIn(valueFrom).arn, secret))
  );
}

function checkContainer(
  container: ContainerDefinition,
  secret: SecretPlace,
  place: ServicePlace,
): AgentCheck {
  const { where } = place;
  const { environment = [], secrets = [] } = container;
  const referring =
    secrets.find(({ name }) => name === TOKEN) ??
    secrets.find(({ valueFrom = '' }) => isOurSecret(referenceIn(valueFrom).arn, secret));
  const refusal = environment.some(({ name }) => name === TOKEN)
    ? IN_CLEAR
    : referring && referenceRefusal(referring.name ?? TOKEN, referring.valueFrom ?? '', secret);
  if (refusal) return { refusals: [`${where} ${refusal.because}: ${refusal.hint}`], findings: [] };
  const variable = referring?.name ?? TOKEN;
  // What takes the token by a variable of its own has its URL by another one as well, and nobody knows which.
  if (!/^(ELASTIC_APM_|ElasticApm__|OTEL_EXPORTER_OTLP_)/.test(variable))
    return { refusals: [], findings: [] };
  return checkAgentSettings('any', settingsOf(container), { ...place, tokenAt: variable });
}

const IN_CLEAR: Refusal = {
  because: `has a token in clear in ${TOKEN}, and a restart would bring that one back`,
  hint: 'let it come from the secret instead.',
};

function settingsOf({
  environment = [],
  secrets = [],
  environmentFiles = [],
}: ContainerDefinition): AgentSettings {
  const settings = new Map<string, string | { readonly unseen: 'set' }>();
  // What is in a file in S3 is not seen here.
  if (environmentFiles.length > 0) settings.set('ELASTIC_APM_SERVER_URL', { unseen: 'set' });
  for (const { name = '', value = '' } of environment) settings.set(name, value);
  for (const { name = '' } of secrets) settings.set(name, { unseen: 'set' });
  return settings;
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html: `ARN:key:stage:version`. */
function referenceIn(valueFrom: string) {
  const parts = valueFrom.split(':');
  const [key = '', stage = '', version = ''] = parts.slice(7);
  return { arn: parts.slice(0, 7).join(':'), key, stage, version };
}

function referenceRefusal(variable: string, valueFrom: string, secret: SecretPlace): Refusal | undefined {
  const { arn, key, stage, version } = referenceIn(valueFrom);
  if (!isOurSecret(arn, secret)) {
    return {
      because: `takes ${variable} from ${arn}, and the token is in ${placeOf(secret)}`,
      hint: 'let it refer to that secret, or name the secret that it refers to in the store of the rotation.',
    };
  }
  if (version !== '' || (stage !== '' && stage !== 'AWSCURRENT')) {
    return {
      because: `takes ${variable} from ${version === '' ? `the version with the label ${stage}` : `version ${version}`} of the secret, and a restart would bring that one back`,
      hint: 'leave stage and version out of valueFrom, and it is the current version.',
    };
  }
  if (key === (secret.key ?? '')) return undefined;
  const found = key === '' ? 'the whole secret' : `the key ${key} of the secret`;
  const expected = secret.key === null ? 'is the whole secret' : `is its key ${secret.key}`;
  return {
    because: `takes ${variable} from ${found}, and the token ${expected}`,
    hint: secret.key === null ? 'leave the key out of valueFrom.' : `end valueFrom in :${secret.key}::.`,
  };
}

import type { ContainerDefinition, Service, TaskDefinition } from '@aws-sdk/client-ecs';
import { agentRefusal, type Refusal } from '../aws/agent-environment.js';
import { isOurSecret, placeOf, type SecretPlace } from '../aws/secret-reference.js';

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

/** How the containers of a task come by the token. */
export type TaskCheck = { readonly refusal?: Refusal; readonly findings: readonly string[] };

export function checkTask(task: TaskDefinition, secret: SecretPlace): TaskCheck {
  const concerned = (task.containerDefinitions ?? []).filter((container) => isConcerned(container, secret));
  for (const container of concerned) {
    const refusal = containerRefusal(container, secret);
    if (refusal) {
      return {
        refusal: { ...refusal, because: `container ${container.name} ${refusal.because}` },
        findings: [],
      };
    }
  }
  if (concerned.length > 0) return { findings: [] };
  return {
    findings: [
      `no container takes the token of ${placeOf(secret)} as a variable: a restart brings it only where the application reads the secret itself when it starts.`,
    ],
  };
}

function isConcerned({ environment = [], secrets = [] }: ContainerDefinition, secret: SecretPlace): boolean {
  return (
    [...environment, ...secrets].some(({ name }) => name === TOKEN) ||
    secrets.some(({ valueFrom = '' }) => isOurSecret(referenceIn(valueFrom).arn, secret))
  );
}

function containerRefusal(container: ContainerDefinition, secret: SecretPlace): Refusal | undefined {
  const { environment = [], secrets = [], environmentFiles = [] } = container;
  const referring = secrets.find(({ name }) => name === TOKEN);
  const plain = Object.fromEntries(environment.map(({ name = '', value = '' }) => [name, value]));
  const ours =
    referring ?? secrets.find(({ valueFrom = '' }) => isOurSecret(referenceIn(valueFrom).arn, secret));
  const reference = ours && referenceRefusal(ours.name ?? TOKEN, ours.valueFrom ?? '', secret);
  if (reference) return reference;
  // What takes the token by another variable, such as OpenTelemetry's, has its URL by another one as well.
  if (referring === undefined && plain[TOKEN] === undefined) return undefined;
  const referenced = new Set(secrets.map(({ name = '' }) => name));
  // What is in a file in S3 is not seen here.
  if (environmentFiles.length > 0) referenced.add('ELASTIC_APM_SERVER_URL');
  return agentRefusal({ plain, referenced });
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
      hint: 'Let it refer to that secret, or name the secret that it refers to in the store of the rotation.',
    };
  }
  if (version !== '' || (stage !== '' && stage !== 'AWSCURRENT')) {
    return {
      because: `takes ${variable} from ${version === '' ? `the version with the label ${stage}` : `version ${version}`} of the secret, and a restart would bring that one back`,
      hint: 'Leave stage and version out of valueFrom: then it is the current version.',
    };
  }
  if (key === (secret.key ?? '')) return undefined;
  const found = key === '' ? 'the whole secret' : `the key ${key} of the secret`;
  const expected = secret.key === null ? 'is the whole secret' : `is its key ${secret.key}`;
  return {
    because: `takes ${variable} from ${found}, and the token ${expected}`,
    hint: secret.key === null ? 'Leave the key out of valueFrom.' : `End valueFrom in :${secret.key}::`,
  };
}

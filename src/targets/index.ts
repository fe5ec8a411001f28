import type { AwsTargetDeps } from './aws/fields.js';
import type { EcsTargetConfig } from './ecs/config.js';
import { createEcsTarget } from './ecs/ecs-target.js';
import type { FileTargetConfig } from './file/config.js';
import { createFileTarget, type FileTargetDeps } from './file/file-target.js';
import type { KubernetesTargetConfig } from './kubernetes/config.js';
import { createKubernetesTarget, type KubernetesTargetDeps } from './kubernetes/kubernetes-target.js';
import type { LambdaTargetConfig } from './lambda/config.js';
import { createLambdaTarget } from './lambda/lambda-target.js';
import type { SsmTargetConfig } from './ssm-run-command/config.js';
import { createSsmTarget } from './ssm-run-command/ssm-target.js';
import type { Target } from './target.js';
import type { WebhookTargetConfig } from './webhook/config.js';
import { createWebhookTarget, type WebhookTargetDeps } from './webhook/webhook-target.js';

type TargetConfigs = {
  readonly file: FileTargetConfig;
  readonly kubernetes: KubernetesTargetConfig;
  readonly lambda: LambdaTargetConfig;
  readonly 'ssm-run-command': SsmTargetConfig;
  readonly webhook: WebhookTargetConfig;
  readonly ecs: EcsTargetConfig;
};
type TargetDeps = {
  readonly file: FileTargetDeps;
  readonly kubernetes: KubernetesTargetDeps;
  readonly ecs: AwsTargetDeps;
  readonly lambda: AwsTargetDeps;
  readonly 'ssm-run-command': AwsTargetDeps;
  readonly webhook: WebhookTargetDeps;
};

type Registry = {
  readonly [Type in keyof TargetConfigs]: (config: TargetConfigs[Type], deps: TargetDeps[Type]) => Target;
};

const targets = {
  ecs: createEcsTarget,
  file: createFileTarget,
  kubernetes: createKubernetesTarget,
  lambda: createLambdaTarget,
  'ssm-run-command': createSsmTarget,
  webhook: createWebhookTarget,
} as const satisfies Registry;

export function createTarget<Type extends keyof TargetConfigs>(
  config: TargetConfigs[Type] & { readonly type: Type },
  deps: TargetDeps[Type],
): Target {
  const registry: Registry = targets;
  return registry[config.type](config, deps);
}

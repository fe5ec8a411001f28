import type { FileTargetConfig } from './file/config.js';
import { createFileTarget, type FileTargetDeps } from './file/file-target.js';
import type { Target } from './target.js';

type TargetConfigs = { readonly file: FileTargetConfig };

export type TargetConfig = TargetConfigs[keyof TargetConfigs];
export type TargetDeps = FileTargetDeps;

type Registry = {
  readonly [Type in keyof TargetConfigs]: (config: TargetConfigs[Type], deps: TargetDeps) => Target;
};

const targets = {
  file: createFileTarget,
} as const satisfies Registry;

export function createTarget<Type extends keyof TargetConfigs>(
  config: TargetConfigs[Type] & { readonly type: Type },
  deps: TargetDeps,
): Target {
  const registry: Registry = targets;
  return registry[config.type](config, deps);
}

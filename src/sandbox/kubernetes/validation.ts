import type { KubeObject, Tree } from './objects.js';
import { StatusError } from './status-error.js';

const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The few rules of https://github.com/kubernetes/kubernetes pkg/apis/core/validation and pkg/apis/apps/validation in play here. */
export function assertValid(before: KubeObject | undefined, after: KubeObject): void {
  const { name } = after.metadata;
  if (!NAME.test(name)) throw invalid(after, `metadata.name: Invalid value: "${name}"`);
  if (after.kind === 'Secret') assertSecret(before, after);
  const selector = before?.spec?.['selector'];
  if (selector !== undefined && JSON.stringify(selector) !== JSON.stringify(after.spec?.['selector']))
    throw invalid(after, 'spec.selector: Invalid value: field is immutable');
}

function assertSecret(before: KubeObject | undefined, after: KubeObject): void {
  for (const value of Object.values(after.data ?? {})) {
    if (!BASE64.test(value))
      throw new StatusError(
        400,
        'BadRequest',
        'Secret in version "v1" cannot be handled as a Secret: illegal base64 data',
      );
  }
  if (before?.['immutable'] !== true) return;
  const isChanged = JSON.stringify(before.data) !== JSON.stringify(after.data);
  if (isChanged) throw invalid(after, 'data: Forbidden: field is immutable when `immutable` is set');
  if (after['immutable'] !== true)
    throw invalid(after, 'immutable: Forbidden: field is immutable when `immutable` is set');
}

function invalid({ kind, metadata }: KubeObject, why: string): StatusError {
  return new StatusError(422, 'Invalid', `${kind} "${metadata.name}" is invalid: ${why}`, {
    name: metadata.name,
    kind,
  });
}

/** What the server fills in where it is not given, as far as somebody here looks at it. */
export function withDefaults(object: KubeObject): KubeObject {
  if (object.kind === 'Secret') return { type: 'Opaque', ...object };
  if (object.kind === 'CronJob') return object;
  const { spec = {} } = object;
  const defaults: Readonly<Record<string, Tree>> = {
    Deployment: { replicas: 1, progressDeadlineSeconds: 600, strategy: ROLLING },
    StatefulSet: { replicas: 1, updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } } },
    DaemonSet: {
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
    },
  };
  const own = defaults[object.kind];
  return own === undefined ? object : { ...object, spec: { ...own, ...spec } };
}

const ROLLING = { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } };

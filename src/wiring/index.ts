import { isApprovalNeeded } from '../config/approval-defaults.js';
import type { Config, RotationConfig, TargetConfig } from '../config/index.js';
import type { RawEnv } from '../config/secret-ref.js';
import { issuerSource } from '../issuers/index.js';
import type { IssuerSource } from '../issuers/issuer.js';
import { jitterOf } from '../rotation/schedule/jitter.js';
import type { DuePolicy } from '../rotation/schedule/policy.js';
import type { Ports } from '../rotation/ports.js';
import type { Run } from '../rotation/run.js';
import type { Watched } from '../rotation/watch.js';
import { turnsOf } from '../rotation/waves.js';
import type { Policy } from '../rotation/policy.js';
import { createDrivenStore, createStore, regionOf } from '../stores/index.js';
import { createTarget } from '../targets/index.js';
import type { DeclaredRotation } from '../triggers/rotations.js';
import { ApmServerProber } from '../verification/apm-server-prober.js';
import type { DrivenCall, OpenedCall } from '../triggers/aws-rotation.js';
import type { WebhookReceiver } from '../config/webhook-fields.js';
import { webhookClient } from './webhooks.js';
import { basisOf } from './basis.js';
import { agentFor, cloudClient, kibanaClient, type Surroundings } from './clients.js';
import { drivenRotation } from './driven.js';
import { clustersOf } from './kubernetes.js';
import { isSameTarget } from './same-target.js';

/** What a run is frozen with: enough to build its ports again after a restart. Secrets stay references. */
type Spec = { readonly rotation: RotationConfig; readonly cloud: Config['cloud'] };

export function declare(config: Config, env: RawEnv): readonly DeclaredRotation[] {
  return config.rotations.map((rotation) => {
    const { name, labels = {}, store, strategy, approval } = rotation;
    const turns = turnsOf(rotation.targets, strategy.waves);
    const spec: Spec = { rotation, cloud: config.cloud };
    const { key: storeKey } = storeOf(spec, env);
    return {
      name,
      labels,
      upstream: upstreamOf(rotation, config),
      targets: rotation.targets.map(({ name: target, type }) => ({
        name: target,
        type,
        wave: turns.get(target) ?? 1,
      })),
      due: dueOf(rotation),
      ...(store.drivenBy !== undefined && { drivenBy: store.drivenBy }),
      ...(isApprovalNeeded(approval, labels) && {
        approval: { approvers: approval.approvers, expiresMs: approval.expiresMs },
      }),
      basis: basisOf(rotation, config.cloud, storeKey),
      template: {
        storeKey,
        spec,
        policy: policyOf(rotation),
      },
    };
  });
}

/** Never due where the store's own rotation drives it: the schedule is AWS's. */
function dueOf({ name, maxAgeMs, renewBeforeMs, schedule, store }: RotationConfig): DuePolicy {
  const { cron, windowMs, ...rest } = schedule;
  if (store.drivenBy !== undefined) return { ...rest, jitterMs: 0 };
  return {
    ...rest,
    ...(cron !== undefined && { cron }),
    ...(windowMs !== undefined && { windowMs }),
    jitterMs: jitterOf(name, schedule.jitterMs),
    ...(maxAgeMs !== undefined && { maxAgeMs }),
    ...(renewBeforeMs !== undefined && { renewBeforeMs }),
  };
}

/** Whose plans a run waits for. */
function upstreamOf({ kibana }: RotationConfig, { cloud }: Config): string {
  return URL.parse(kibana?.url ?? cloud?.endpoint ?? '')?.host ?? '';
}

/** What the watch looks after: by the config as it is now, not as it was when a run began. */
export function watched(config: Config, surroundings: Surroundings): readonly Watched[] {
  return config.rotations.map((rotation) => {
    const { name, watch } = rotation;
    const spec: Spec = { rotation, cloud: config.cloud };
    return {
      name,
      ...watch,
      isDriven: rotation.store.drivenBy !== undefined,
      policy: policyOf(rotation),
      ports: () => portsOf({ spec }, surroundings),
    };
  });
}

/** As the run was frozen with it. */
export function targetTypeOf(run: Pick<Run, 'spec'>, target: string): string {
  const { rotation } = run.spec as Spec;
  return rotation.targets.find(({ name }) => name === target)?.type ?? 'unknown';
}

function policyOf({ verify, strategy, retries }: RotationConfig): Policy {
  return { ...verify, ...strategy, retries };
}

/** For one call of the rotation that `secretId` has; throws `not_found` where no rotation of the config is driven by it. */
export function openDriven(config: Config, surroundings: Surroundings, call: DrivenCall): OpenedCall {
  const { rotationToken, secretId } = call;
  const { env } = surroundings;
  const placed = config.rotations.map((one) => ({ ...one, store: withRegion(one.store, env) }));
  const rotation = drivenRotation(placed, secretId);
  const spec: Spec = { rotation, cloud: config.cloud };
  const apmUrl = rotation.apmServer?.url;
  const deps = { agent: agentFor(rotation.store.tls, env), ...(rotationToken && { rotationToken }) };
  const ports = {
    ...createDrivenStore(rotation.store, deps),
    issuers: issuersOf(spec, surroundings),
    prober: new ApmServerProber(agentFor(rotation.apmServer?.tls, env)),
    policy: policyOf(rotation),
    ...(apmUrl !== undefined && { apmUrl }),
  };
  return { rotation: rotation.name, ports };
}

/** Credentials and CA files are read anew for each run: a rotated one needs no restart. */
export function portsOf(run: Pick<Run, 'spec'> & Partial<Run>, surroundings: Surroundings): Ports {
  const spec = run.spec as Spec;
  const { rotation } = spec;
  const { env } = surroundings;
  const apmUrl = rotation.apmServer?.url;
  return {
    issuers: issuersOf(spec, surroundings),
    store: storeOf(spec, env),
    targets: rotation.targets.map((target) => ({
      name: target.name,
      target: createTarget(target, {
        environment: env,
        clusters: clustersOf(surroundings),
        ...targetDepsOf(rotation, surroundings),
        ...(run.id !== undefined && { run: run.id }),
      }),
      ...termsOf(target),
      isSameIn: (other) => isSameTarget(target.name, rotation, (other as Partial<Spec>).rotation),
    })),
    prober: new ApmServerProber(agentFor(rotation.apmServer?.tls, env)),
    ...(apmUrl !== undefined && { apmUrl }),
  };
}

/** Absent in a run that a Rotor of before has frozen. */
function termsOf({ readyTimeoutMs, wave, timeoutMs, deadlineMs, retriesMax }: TargetConfig) {
  return {
    readyTimeoutMs,
    ...(wave !== undefined && { wave }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(deadlineMs !== undefined && { deadlineMs }),
    ...(retriesMax !== undefined && { retriesMax }),
  };
}

function issuersOf({ rotation, cloud }: Spec, surroundings: Surroundings): IssuerSource {
  const { issuer, select, kibana, apmServer } = rotation;
  return issuerSource(issuer.type, {
    select,
    cloud: () => cloudClient(cloud, surroundings),
    ...(apmServer?.url !== undefined && { apmUrl: apmServer.url }),
    ...(kibana && {
      kibana: {
        ...(kibana.url !== undefined && { url: kibana.url }),
        ...(kibana.space !== undefined && { space: kibana.space }),
        http: (url: string) => kibanaClient(url, kibana, surroundings),
      },
    }),
  });
}

function targetDepsOf({ name: rotation, store }: RotationConfig, { env, callbacks }: Surroundings) {
  return {
    rotation,
    secret: {
      store: store.type,
      id: store.secretId,
      region: storeRegionOf(store, env),
      key: store.key ?? null,
    },
    ...(callbacks && { callbacks }),
    client: (receiver: WebhookReceiver) => webhookClient(receiver, env),
    agentFor: (tls: Parameters<typeof agentFor>[0]) => agentFor(tls, env),
    now: Date.now,
  };
}

function storeRegionOf(store: RotationConfig['store'], env: RawEnv): string | null {
  return regionOf(store) ?? env['AWS_REGION'] ?? null;
}

/** With its region spelt out, so that two ways to name one secret make one key. */
function storeOf({ rotation: { store } }: Spec, env: RawEnv) {
  return createStore(withRegion(store, env), { agent: agentFor(store.tls, env) });
}

/** Spelt out, so that two ways to name one secret make one key. */
function withRegion(store: RotationConfig['store'], env: RawEnv): RotationConfig['store'] {
  const region = store.region ?? env['AWS_REGION'];
  return { ...store, ...(region && { region }) };
}

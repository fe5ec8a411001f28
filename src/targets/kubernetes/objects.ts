import { z } from 'zod';

/** What Rotor reads of objects; everything else in them is passed over. */
const words = z.record(z.string(), z.string()).nullish();

const managedFields = z
  .array(
    z.object({
      manager: z.string().optional(),
      operation: z.string().optional(),
      time: z.string().optional(),
      fieldsV1: z.record(z.string(), z.unknown()).nullish(),
    }),
  )
  .nullish();

const ownerReferences = z
  .array(
    z.object({ kind: z.string(), name: z.string(), uid: z.string(), controller: z.boolean().optional() }),
  )
  .nullish();

const metadata = z.object({
  name: z.string(),
  namespace: z.string().optional(),
  uid: z.string(),
  resourceVersion: z.string().optional(),
  generation: z.number().optional(),
  creationTimestamp: z.string(),
  deletionTimestamp: z.string().nullish(),
  labels: words,
  annotations: words,
  ownerReferences,
  managedFields,
});

const keyOfAnother = z.object({ name: z.string(), key: z.string(), optional: z.boolean().nullish() });

const variable = z.object({
  name: z.string(),
  value: z.string().nullish(),
  valueFrom: z
    .object({
      secretKeyRef: keyOfAnother.nullish(),
      configMapKeyRef: keyOfAnother.nullish(),
    })
    .nullish(),
});

const whole = z.object({ name: z.string(), optional: z.boolean().nullish() });

const container = z.object({
  name: z.string(),
  image: z.string().optional(),
  env: z.array(variable).nullish(),
  envFrom: z
    .array(
      z.object({ prefix: z.string().nullish(), secretRef: whole.nullish(), configMapRef: whole.nullish() }),
    )
    .nullish(),
});

const template = z.object({
  metadata: z.object({ labels: words, annotations: words }).nullish(),
  spec: z.object({ containers: z.array(container).nullish() }).nullish(),
});

const requirement = z.object({
  key: z.string(),
  operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
  values: z.array(z.string()).nullish(),
});

const updateStrategy = z.object({
  type: z.string().optional(),
  rollingUpdate: z.object({ partition: z.number().optional() }).nullish(),
});

export const workloadObject = z.object({
  metadata,
  spec: z.object({
    replicas: z.number().optional(),
    paused: z.boolean().optional(),
    selector: z.object({ matchLabels: words, matchExpressions: z.array(requirement).nullish() }).optional(),
    updateStrategy: updateStrategy.nullish(),
    template: template.optional(),
    jobTemplate: z.object({ spec: z.object({ template }) }).optional(),
  }),
  status: z
    .object({
      observedGeneration: z.number().optional(),
      replicas: z.number().optional(),
      updatedReplicas: z.number().optional(),
      availableReplicas: z.number().optional(),
      desiredNumberScheduled: z.number().optional(),
      updatedNumberScheduled: z.number().optional(),
      numberAvailable: z.number().optional(),
      conditions: z
        .array(z.object({ type: z.string(), status: z.string(), reason: z.string().optional() }))
        .nullish(),
    })
    .nullish(),
});

export const podObject = z.object({
  metadata,
  status: z
    .object({
      phase: z.string().optional(),
      conditions: z
        .array(z.object({ type: z.string(), status: z.string(), reason: z.string().optional() }))
        .nullish(),
      containerStatuses: z
        .array(
          z.object({
            state: z.object({ waiting: z.object({ reason: z.string().optional() }).nullish() }).nullish(),
          }),
        )
        .nullish(),
    })
    .nullish(),
});

export const secretObject = z.object({ metadata, data: words, immutable: z.boolean().nullish() });

export const configMapObject = z.object({ data: words });

export type Metadata = z.output<typeof metadata>;
export type PodTemplate = z.output<typeof template>;
export type WorkloadObject = z.output<typeof workloadObject>;
export type PodObject = z.output<typeof podObject>;
export type SecretObject = z.output<typeof secretObject>;

export function templateOf({ spec }: WorkloadObject): PodTemplate {
  return spec.template ?? spec.jobTemplate?.spec.template ?? {};
}

import { z } from 'zod';

/**
 * The parts of answers that Rotor reads, named as in Elastic's published swagger (elastic/cloud-sdk-go
 * api/apidocs-user.json). Everything else is dropped when it is parsed; what the swagger requires is required here.
 */
const apmConfiguration = z.object({
  system_settings: z.object({ secret_token: z.string().nullish() }).nullish(),
});

const planAttempt = z.object({
  plan_attempt_id: z.string().nullish(),
  healthy: z.boolean().nullish(),
  attempt_start_time: z.string().nullish(),
  plan: z
    .object({
      apm: apmConfiguration.nullish(),
      cluster_topology: z.array(z.object({ apm: apmConfiguration.nullish() })).nullish(),
    })
    .nullish(),
  plan_attempt_log: z.array(z.object({ step_id: z.string(), status: z.string() })).nullish(),
});

const metadata = z.object({
  endpoint: z.string().nullish(),
  service_url: z.string().nullish(),
  aliased_url: z.string().nullish(),
  ports: z.object({ https: z.int().nullish() }).nullish(),
  services_urls: z.array(z.object({ service: z.string(), url: z.string() })).nullish(),
});

const planInfo = z.object({
  current: planAttempt.nullish(),
  pending: planAttempt.nullish(),
  history: z.array(planAttempt).nullish(),
});

const apmResource = z.object({
  ref_id: z.string().min(1),
  info: z.object({
    status: z.string(),
    apm_server_mode: z.string().nullish(),
    plan_info: planInfo,
    metadata: metadata.nullish(),
  }),
});

/** Of the other kinds it matters whether a plan is pending, and of Kibana where it is. */
const otherResource = z.object({
  ref_id: z.string().min(1),
  info: z
    .object({
      status: z.string().nullish(),
      apm_server_mode: z.string().nullish(),
      metadata: metadata.nullish(),
      plan_info: z.object({ pending: z.object({}).nullish() }).nullish(),
    })
    .nullish(),
});

export const deployment = z.object({
  id: z.string().min(1),
  name: z.string(),
  resources: z
    .object({
      apm: z.array(apmResource).nullish(),
      integrations_server: z.array(otherResource).nullish(),
      kibana: z.array(otherResource).nullish(),
    })
    .catchall(z.array(otherResource).nullish()),
});

export const deploymentsList = z.object({
  deployments: z.array(z.object({ id: z.string().min(1), name: z.string() })),
});

export const deploymentsSearch = z.object({
  deployments: z.array(
    z.object({
      id: z.string().min(1),
      name: z.string(),
      metadata: z
        .object({ tags: z.array(z.object({ key: z.string(), value: z.string() })).nullish() })
        .nullish(),
    }),
  ),
  cursor: z.string().nullish(),
});

/** Of a search: without plans, in which tokens stand. */
export const foundDeployment = z.object({
  id: z.string().min(1),
  name: z.string(),
  metadata: z.object({ tags: z.array(z.object({ key: z.string(), value: z.string() })).nullish() }).nullish(),
  resources: z.object({
    apm: z.array(otherResource).nullish(),
    integrations_server: z.array(otherResource).nullish(),
  }),
});

/** Of one that cannot be read as a whole. */
export const foundName = z.object({ id: z.string().optional(), name: z.string().optional() });

export const deploymentsInventory = z.object({
  deployments: z.array(z.unknown()),
  cursor: z.string().nullish(),
});

export const apmReset = z.object({ secret_token: z.string() });

export const failedReply = z.object({
  errors: z.array(z.object({ code: z.string(), message: z.string() })).min(1),
});

export type PlanAttempt = z.output<typeof planAttempt>;
export type ApmMetadata = z.output<typeof metadata>;
export type ApmResource = z.output<typeof apmResource>;
export type Deployment = z.output<typeof deployment>;
export type OtherResource = z.output<typeof otherResource>;
export type DeploymentName = { readonly id: string; readonly name: string };

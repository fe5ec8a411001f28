import { z } from 'zod';

/**
 * The parts of Fleet's answers that Rotor reads, named as in elastic/kibana
 * x-pack/platform/plugins/shared/fleet/server/types/models/package_policy.ts and types/rest_spec/agent.ts. What is
 * written back is loose, since all that Rotor does not know of it has to be kept.
 */
const variable = z.looseObject({
  /** Text, or `{ id, isSecretRef: true }` where Fleet holds it as a secret. */
  value: z.unknown().optional(),
  frozen: z.boolean().nullish(),
});

const policyInput = z.looseObject({
  type: z.string(),
  enabled: z.boolean().nullish(),
  vars: z.record(z.string(), variable).nullish(),
  streams: z.array(z.looseObject({})).nullish(),
  /** What the package's template made of the variables: what the Elastic Agent gets. */
  compiled_input: z.unknown().optional(),
});

export const packagePolicy = z.looseObject({
  id: z.string().min(1),
  name: z.string(),
  /** Of the saved object: changes with each save, and a conditional write names it. */
  version: z.string().min(1),
  enabled: z.boolean().nullish(),
  policy_id: z.string().nullish(),
  policy_ids: z.array(z.string()).nullish(),
  inputs: z.array(policyInput),
});

export const packagePolicyReply = z.object({ item: packagePolicy });

const listedPolicy = z.object({
  id: z.string().min(1),
  name: z.string(),
  package: z.object({ name: z.string() }).nullish(),
  policy_id: z.string().nullish(),
  policy_ids: z.array(z.string()).nullish(),
});

export const packagePolicyList = z.object({ items: z.array(listedPolicy), total: z.int() });

export const agentPolicyReply = z.object({ item: z.object({ revision: z.int() }) });

const unit = z.object({ type: z.string(), status: z.string(), message: z.string().nullish() });

const agent = z.object({
  id: z.string(),
  status: z.string().nullish(),
  /** Of the policy that the agent has acknowledged, which is not yet to say that it was loaded. */
  policy_revision: z.int().nullish(),
  components: z.array(z.object({ type: z.string().nullish(), units: z.array(unit).nullish() })).nullish(),
});

export const agentList = z.object({ items: z.array(agent), total: z.int() });

export const kibanaError = z.object({ statusCode: z.int(), error: z.string(), message: z.string() });

export type PackagePolicy = z.output<typeof packagePolicy>;
export type PolicyInput = z.output<typeof policyInput>;
export type ListedPolicy = z.output<typeof listedPolicy>;
export type FleetAgent = z.output<typeof agent>;

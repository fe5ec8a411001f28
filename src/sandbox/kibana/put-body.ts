import { z } from 'zod';
import { packageDefaults, type Variables } from './apm-package.js';
import type { PolicyContent } from './package-policy.js';

/** What the body asks for, or the message of the 400 that answers it. */
export type Parsed = { readonly put: PutBody } | { readonly refusal: string };

/** elastic/kibana x-pack/platform/plugins/shared/fleet/server/types/models/package_policy.ts: nothing else is let in. */
const TOP_LEVEL = new Set([
  'name',
  'description',
  'namespace',
  'policy_id',
  'policy_ids',
  'output_id',
  'enabled',
  'is_managed',
  'package',
  'inputs',
  'vars',
  'overrides',
  'supports_agentless',
  'supports_cloud_connector',
  'cloud_connector_id',
  'additional_datastreams_permissions',
  'spaceIds',
  'version',
  'force',
]);
const INPUT = new Set([
  'id',
  'type',
  'policy_template',
  'enabled',
  'keep_enabled',
  'vars',
  'config',
  'streams',
]);

const givenVariables = z.record(
  z.string(),
  z.strictObject({
    type: z.string().optional(),
    value: z.unknown().optional(),
    frozen: z.boolean().optional(),
  }),
);

const body = z.looseObject({
  name: z.string().optional(),
  description: z.string().optional(),
  namespace: z.string().optional(),
  policy_id: z.string().nullish(),
  policy_ids: z.array(z.string()).optional(),
  enabled: z.boolean().optional(),
  is_managed: z.boolean().optional(),
  version: z.string().optional(),
  force: z.boolean().optional(),
  inputs: z
    .union([
      z.array(
        z.looseObject({
          type: z.string(),
          enabled: z.boolean(),
          vars: givenVariables.optional(),
          config: z.unknown().optional(),
        }),
      ),
      z.record(z.string(), z.looseObject({ vars: z.record(z.string(), z.unknown()).optional() })),
    ])
    .optional(),
});

export type PutBody = z.output<typeof body>;

export function parsePut(text: string): Parsed {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { refusal: '[request body]: could not parse JSON' };
  }
  const parsed = body.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { refusal: `[request body.${issue?.path.join('.') ?? ''}]: ${issue?.message ?? 'invalid'}` };
  }
  const refusal = unknownKey(parsed.data);
  return refusal === undefined ? { put: parsed.data } : { refusal };
}

function unknownKey(put: PutBody): string | undefined {
  // The recorded PUT carries an id and no inputs: it matches the simplified form, which knows the key.
  const top = Object.keys(put).filter(
    (key) => !TOP_LEVEL.has(key) && !(key === 'id' && !Array.isArray(put.inputs)),
  );
  const inner = Array.isArray(put.inputs)
    ? put.inputs.flatMap((input, index) =>
        Object.keys(input)
          .filter((key) => !INPUT.has(key))
          .map((key) => `inputs.${index}.${key}`),
      )
    : [];
  const [first] = [...top, ...inner];
  if (first === undefined) return undefined;
  return `[request body]: types that failed validation:\n- [request body.0.${first}]: definition for this key is missing`;
}

/** What the policy holds after this save. What is missing is taken from what is stored. */
export function applied(put: PutBody, stored: PolicyContent): PolicyContent {
  const { name, description, namespace, enabled, policy_ids: ids, policy_id: id } = put;
  return {
    ...stored,
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    ...(namespace !== undefined && { namespace }),
    ...(enabled !== undefined && { enabled }),
    policy_ids: ids ?? (id ? [id] : stored.policy_ids),
    ...inputsOf(put, stored),
  };
}

function inputsOf(
  { inputs }: PutBody,
  stored: PolicyContent,
): Pick<PolicyContent, 'variables' | 'config' | 'hasApmInput'> {
  if (inputs === undefined) return stored;
  if (!Array.isArray(inputs)) return simplified(inputs['apmserver-apm']?.vars ?? {}, stored);
  const input = inputs.find(({ type }) => type === 'apm');
  return {
    hasApmInput: input !== undefined,
    variables: (input?.vars as Variables | undefined) ?? stored.variables,
    config: (input?.config as object | undefined) ?? undefined,
  };
}

/** The trap of the simplified form: every other variable is back at the package's default, and `config` is gone. */
function simplified(
  given: Readonly<Record<string, unknown>>,
  stored: PolicyContent,
): Pick<PolicyContent, 'variables' | 'config' | 'hasApmInput'> {
  const variables = Object.entries(packageDefaults()).map(([name, variable]) => {
    const isFrozen = stored.variables[name]?.frozen === true;
    const value = name in given ? { value: given[name] } : {};
    return [name, { ...variable, ...value, ...(isFrozen && { frozen: true }) }] as const;
  });
  return { hasApmInput: true, variables: Object.fromEntries(variables), config: undefined };
}

/**
 * Frozen variables stay as they are stored, the flag included, and come back where they were left out; another value
 * is refused (`_enforceFrozenVars` in elastic/kibana fleet/server/services/package_policy.ts).
 */
export function enforceFrozen(before: Variables, after: Variables): Variables | { readonly refusal: string } {
  const frozen = Object.entries(before).filter(([, variable]) => variable.frozen);
  const changed = frozen.find(
    ([name, { value }]) => name in after && JSON.stringify(after[name]?.value) !== JSON.stringify(value),
  );
  if (changed) return { refusal: `${changed[0]} is a frozen variable and cannot be modified` };
  return { ...after, ...Object.fromEntries(frozen) };
}

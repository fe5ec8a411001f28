import type { Reply } from '../reply.js';
import type { Fleet } from './fleet.js';
import type { FleetOperationId, MatchedFleetOperation } from './operations.js';
import type { PackagePolicy } from './package-policy.js';
import { applied, enforceFrozen, parsePut } from './put-body.js';
import { fleetError, jsonReply } from './replies.js';

export type FleetCall = MatchedFleetOperation & {
  readonly url: URL;
  readonly body: string;
  readonly by: string;
  readonly fleet: Fleet;
};

const HANDLERS = {
  'list-package-policies': listPolicies,
  'get-package-policy': (call) => withPolicy(call, (policy) => jsonReply(200, { item: policy.view() })),
  'put-package-policy': (call) => withPolicy(call, (policy) => put(call, policy)),
  'get-agent-policy': getAgentPolicy,
  'list-agents': listAgents,
} satisfies Record<FleetOperationId, (call: FleetCall) => Reply>;

export function handle(call: FleetCall): Reply {
  return HANDLERS[call.operation.id](call);
}

/** Both prefixes are understood (https://github.com/elastic/kibana/pull/227862); nothing else is evaluated here. */
const APM_ONLY = /^(?:ingest|fleet)-package-policies\.package\.name:\s*"?apm"?$/;
const DEFAULT_PAGE_SIZE = 20;

function listPolicies({ fleet, url, space }: FleetCall): Reply {
  const kuery = url.searchParams.get('kuery');
  if (kuery !== null && !APM_ONLY.test(kuery)) {
    return fleetError(400, `KQLSyntaxError: the sandbox evaluates no other kuery than ${String(APM_ONLY)}`);
  }
  const seen = [...fleet.policies.values()].filter((policy) => policy.space === space);
  return page(
    seen.map((policy) => policy.view()),
    url,
  );
}

/** 404 for one that another space shows: it does not exist from here. Only the answer to a read names it. */
function withPolicy(
  { fleet, id, space, operation }: FleetCall,
  act: (policy: PackagePolicy) => Reply,
): Reply {
  const policy = fleet.policies.get(id);
  if (policy?.space !== space) {
    const which = operation.method === 'GET' ? ` ${id}` : '';
    return fleetError(404, `Package policy${which} not found`);
  }
  return act(policy);
}

function put({ fleet, body, by }: FleetCall, policy: PackagePolicy): Reply {
  const parsed = parsePut(body);
  if ('refusal' in parsed) return fleetError(400, parsed.refusal);
  const asked = parsed.put;
  if (asked.is_managed === true && asked.force !== true) {
    return fleetError(400, `Cannot update package policy ${policy.id}`);
  }
  const wanted = applied(asked, policy.content);
  const variables =
    asked.force === true ? wanted.variables : enforceFrozen(policy.content.variables, wanted.variables);
  if (isRefusal(variables)) return fleetError(400, variables.refusal);
  // savedObjects.update with `version`; without it the last writer wins.
  if (asked.version !== undefined && asked.version !== policy.version) {
    return fleetError(409, `Saved object [ingest-package-policies/${policy.id}] conflict`);
  }
  try {
    fleet.save(policy, { ...wanted, variables }, by);
  } catch (error) {
    return fleetError(
      400,
      `Error while compiling agent template: ${error instanceof Error ? error.name : 'error'}`,
    );
  }
  return jsonReply(200, { item: policy.view() });
}

function isRefusal(value: object): value is { readonly refusal: string } {
  return 'refusal' in value && typeof value.refusal === 'string';
}

function getAgentPolicy({ fleet, id }: FleetCall): Reply {
  const policy = fleet.agentPolicies.get(id);
  if (!policy) return fleetError(404, 'Agent policy not found');
  const { name, revision } = policy;
  return jsonReply(200, { item: { id, name, revision, is_managed: policy.agents !== undefined } });
}

const BY_POLICY = /^policy_id:\s*"?([\w.-]+)(?:#[\w.-]*)?\*?"?(?:\s+or\s+.*)?$/i;

function listAgents({ fleet, url }: FleetCall): Reply {
  const [, id = ''] = BY_POLICY.exec(url.searchParams.get('kuery') ?? '') ?? [];
  if (id === '') return fleetError(400, 'KQLSyntaxError: the sandbox lists the agents of one policy_id');
  return page(fleet.agentPolicies.get(id)?.agents?.views(id) ?? [], url);
}

function page(all: readonly object[], url: URL): Reply {
  const size = Number(url.searchParams.get('perPage') ?? DEFAULT_PAGE_SIZE);
  const number = Number(url.searchParams.get('page') ?? 1);
  const items = all.slice((number - 1) * size, number * size);
  return jsonReply(200, { items, total: all.length, page: number, perPage: size });
}

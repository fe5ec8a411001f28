import type { ApmOperation } from './apm-server/operations.js';
import type { CloudOperationId } from './cloud-api/operations.js';
import type { FleetOperationId } from './kibana/operations.js';
import type { Plural } from './kubernetes/resources.js';
import type { Ledger } from './ledger.js';

/** Of the Kubernetes API: the verb of its authorization, and the plural name of what is asked for. */
export type KubernetesOperation = `${'get' | 'list' | 'create' | 'patch' | 'update' | 'delete'} ${Plural}`;
export type FaultOperation = CloudOperationId | FleetOperationId | ApmOperation | KubernetesOperation | '*';

export type HookContext = { readonly operation: string; readonly deployment?: string };
export type Hook = (context: HookContext) => void | Promise<void>;

/**
 * What goes wrong. Where nothing else is said the world does NOT act on the request.
 *
 * - `drop-before`: the connection is cut before the world acts; the caller cannot tell it from `reply-lost`.
 * - `reply-lost`: the world ACTS, then the connection is cut. `_reset-token` takes no idempotency key
 *   (elastic/cloud-sdk-go api/apidocs-user.json), so this is how a token is lost.
 * - `status`: 401 `root.unauthenticated` and 404 as the API documents; 403 for absent and foreign deployments
 *   (elastic/terraform-provider-ec ec/ecresource/deploymentresource/read.go treats 403 as not found); 429 (rate limits:
 *   https://elastic.co/guide/en/cloud/current/ec-api-rate-limiting.html, Retry-After undocumented); 449
 *   `root.unauthorized.rbac.elevated_permissions_required` (Elastic Cloud Enterprise up to 3.5); 500, 503.
 *   With `acted`, the world ACTS first: a proxy's 5xx says nothing about what happened behind it.
 * - `html`: an error page of a proxy instead of JSON (elastic/cloud-sdk-go pkg/api/transport_custom.go converts
 *   text/html); with status 200, a login or maintenance page. `acted` as above.
 * - `truncated`: the world ACTS; the body stops half way and the connection is cut.
 * - `malformed`: the world ACTS; half of the JSON, in a well-formed HTTP message.
 * - `wrong-schema`: the world ACTS; `secret_token` is missing everywhere. The authors of terraform-provider-ec expect
 *   it (https://github.com/elastic/terraform-provider-ec/issues/56: reading it "might change in the future"). An answer
 *   that has none is an empty object.
 * - `silence`: the connection stays open, and nothing ever comes: what a dropped packet looks like.
 * - `act-late`: the world ACTS this much later, whether or not anybody still waits for the answer.
 * - `slow-body`: the world ACTS, its head comes at once and its body piece by piece over this time.
 * - `redirect`: 302 to another host; none is documented, and a credential must not follow one.
 * - `delay`: the world ACTS in its own time, the answer comes this much later.
 * - `before-acting`, `before-reply`: `run` is awaited at that moment, e.g. for a colleague's reset, or to kill a client.
 */
export type FaultEffect =
  | { readonly kind: 'drop-before' }
  | { readonly kind: 'reply-lost' }
  | {
      readonly kind: 'status';
      readonly status: FaultStatus;
      readonly retryAfter?: string;
      readonly acted?: boolean;
    }
  | { readonly kind: 'html'; readonly status: 200 | 502; readonly acted?: boolean }
  | { readonly kind: 'truncated' }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'wrong-schema' }
  | { readonly kind: 'silence' }
  | { readonly kind: 'act-late'; readonly ms: number }
  | { readonly kind: 'slow-body'; readonly ms: number }
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'before-acting'; readonly run: Hook }
  | { readonly kind: 'before-reply'; readonly run: Hook };

export type FaultStatus = 401 | 403 | 404 | 429 | 449 | 500 | 503;

export type FaultRule = {
  readonly operation: FaultOperation;
  /** Requests that it applies to before it wears off. Default 1; `Infinity` until removed. */
  readonly times?: number;
  /** Matching requests that pass unharmed first. Default 0. */
  readonly skip?: number;
  /** Only requests about this deployment, by id or name. */
  readonly deployment?: string;
  readonly effect: FaultEffect;
};

export type FaultHandle = { hits(): number; remove(): void };

/** The part of a request that rules are matched with. */
export type FaultSubject = {
  readonly operation: string;
  readonly deployment?: { readonly id: string; readonly name: string };
};

/** What applies to one request: every delay and hook that matches, and the first of the effects that change its answer. */
export type AppliedFaults = {
  readonly delayMs: number;
  readonly beforeActing: readonly Hook[];
  readonly beforeReply: readonly Hook[];
  readonly answer?: AnswerEffect;
};
export type AnswerEffect = Exclude<FaultEffect, { kind: 'delay' | 'before-acting' | 'before-reply' }>;

export type Faults = {
  add(rule: FaultRule): FaultHandle;
  clear(): void;
  /** Uses up the rules that apply to one request. */
  take(subject: FaultSubject): AppliedFaults;
};

type ActiveRule = { readonly rule: FaultRule; left: number; toSkip: number; hits: number };

export function createFaults(ledger: Ledger): Faults {
  const active = new Set<ActiveRule>();

  const use = (entry: ActiveRule, subject: FaultSubject): void => {
    entry.left -= 1;
    entry.hits += 1;
    ledger.append({ kind: 'fault', operation: subject.operation, effect: entry.rule.effect.kind });
  };

  return {
    add(rule) {
      const entry: ActiveRule = { rule, left: rule.times ?? 1, toSkip: rule.skip ?? 0, hits: 0 };
      active.add(entry);
      return { hits: () => entry.hits, remove: () => void active.delete(entry) };
    },
    clear: () => active.clear(),
    take: (subject) => collect(dueRules(active, subject), (entry) => use(entry, subject)),
  };
}

function dueRules(active: ReadonlySet<ActiveRule>, subject: FaultSubject): ActiveRule[] {
  const due: ActiveRule[] = [];
  for (const entry of active) {
    if (entry.left <= 0 || !matches(entry.rule, subject)) continue;
    if (entry.toSkip > 0) entry.toSkip -= 1;
    else due.push(entry);
  }
  return due;
}

function matches(rule: FaultRule, { operation, deployment }: FaultSubject): boolean {
  if (rule.operation !== '*' && rule.operation !== operation) return false;
  return (
    rule.deployment === undefined ||
    rule.deployment === deployment?.id ||
    rule.deployment === deployment?.name
  );
}

function collect(due: readonly ActiveRule[], use: (entry: ActiveRule) => void): AppliedFaults {
  const beforeActing: Hook[] = [];
  const beforeReply: Hook[] = [];
  let delayMs = 0;
  let answer: AnswerEffect | undefined;
  for (const entry of due) {
    const { effect } = entry.rule;
    if (effect.kind === 'delay') delayMs += effect.ms;
    else if (effect.kind === 'before-acting') beforeActing.push(effect.run);
    else if (effect.kind === 'before-reply') beforeReply.push(effect.run);
    else if (answer === undefined) answer = effect;
    else continue; // a second answer waits for the next request
    use(entry);
  }
  return { delayMs, beforeActing, beforeReply, ...(answer === undefined ? {} : { answer }) };
}

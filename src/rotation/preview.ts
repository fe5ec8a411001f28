import type { Finding } from '../targets/target.js';
import type { Clock } from './clock.js';
import { decide } from './decide.js';
import { asRotorError, type Code, type RotorError } from './errors.js';
import { Look } from './look.js';
import type { Policy } from './policy.js';
import type { Ports } from './ports.js';
import type { Run } from './run.js';
import type { Fingerprint } from './secret.js';
import { checkTargets } from './target-checks.js';
import type { World } from './world.js';

/** What a run would do now, found out without changing anything. */
export type Preview = {
  readonly rotation: string;
  readonly verdict: 'ready' | 'would_wait' | 'would_refuse';
  /** Null where it could not be found. */
  readonly resource: string | null;
  /** By which runs lock it. */
  readonly resourceKey: string | null;
  /** Why this issuer; null where the config names it. */
  readonly chosen: string | null;
  readonly tokenChosenBy: 'issuer' | 'Rotor' | null;
  /** Of the token in force; null where it cannot be read. */
  readonly fingerprint: Fingerprint | null;
  readonly code: Code | null;
  /** What the store and the targets say that stops no run and should be known before it, a sentence each. */
  readonly findings: readonly Finding[];
  /** A sentence: what stands in the way, or what the first step would be. */
  readonly detail: string;
};

export type Previewed = {
  readonly name: string;
  readonly policy: Policy;
  /** The rotation of the store itself changes the token; see `Sighting`. */
  readonly isDriven?: boolean;
  readonly ports: () => Ports;
};

/** The first look and the first decision of a run, no effect. Never throws. */
export async function preview(previewed: Previewed, clock: Clock, signal: AbortSignal): Promise<Preview> {
  return (await lookAhead(previewed, clock, signal)).seen;
}

export type LookedAhead = {
  readonly seen: Preview;
  /** What the look has failed with: then it tells nothing of what a run would do. */
  readonly fault?: RotorError;
};

/** The same, where a look that has failed is to be told from a world that refuses. Never throws. */
export async function lookAhead(
  { name, policy, ports }: Previewed,
  clock: Clock,
  signal: AbortSignal,
): Promise<LookedAhead> {
  const nothing = {
    rotation: name,
    resource: null,
    resourceKey: null,
    chosen: null,
    tokenChosenBy: null,
    fingerprint: null,
    findings: [],
  } as const;
  try {
    const opened = ports();
    const resource = await opened.issuers.resolve(signal);
    const { kind: issuerKind } = opened.issuers.of(resource);
    const known = {
      ...nothing,
      resource: resource.label,
      resourceKey: resource.key,
      chosen: resource.chosen ?? null,
      tokenChosenBy: issuerKind === 'server-chosen' ? 'issuer' : 'Rotor',
    } as const;
    try {
      const run = { ...pristine(name, policy, opened, clock), resource, issuerKind };
      const look = new Look(opened, clock);
      // It tells where the APM Server is; what it fails with says less than what the others refuse.
      const [world] = await Promise.allSettled([look.at(run, signal)]);
      const said = await opened.store.preflight(signal);
      const asked = await checkTargets(opened.targets, signal, { apmUrls: look.apmUrls });
      if (world.status === 'rejected') throw world.reason;
      const found = { ...seen(world.value), ...verdict(run, world.value, clock) };
      return { seen: { ...known, findings: [...said, ...asked], ...found } };
    } catch (error) {
      return failed(known, error);
    }
  } catch (error) {
    return failed(nothing, error);
  }
}

function failed(known: Omit<Preview, keyof Verdict>, error: unknown): LookedAhead {
  const fault = asRotorError(error);
  return { seen: { ...known, ...refused(fault) }, fault };
}

function pristine(rotation: string, policy: Policy, { store }: Ports, clock: Clock): Run {
  return {
    id: 'preview',
    rotation,
    mode: 'rotate',
    trigger: { kind: 'api', reason: 'preview' },
    storeKey: store.key,
    spec: undefined,
    policy,
    state: { state: 'preparing' },
    deliveries: [],
    measure: {},
    startedAt: clock.now(),
  };
}

function seen({ issuer }: World): Pick<Preview, 'fingerprint'> {
  const current = issuer?.current;
  return { fingerprint: current === undefined || current === 'unreadable' ? null : current };
}

type Verdict = Pick<Preview, 'verdict' | 'code' | 'detail'>;

function verdict(run: Run, world: World, clock: Clock): Verdict {
  const action = decide(run, world, clock.now());
  if (action.do === 'wait') return { verdict: 'would_wait', code: null, detail: sentence(action.why) };
  if (action.do !== 'move') return ready('labels that earlier runs left would be taken off first');
  const { to } = action;
  if (to.state === 'ended') return { verdict: 'would_refuse', code: to.code ?? null, detail: to.detail };
  if (to.state === 'promoting')
    return ready(action.note ?? 'a token that an earlier run left would be adopted');
  if (to.state !== 'anchoring') return ready('the store holds the token in force');
  const held = world.store?.current?.fingerprint;
  if (held === to.anchor) return ready('the store holds the token in force');
  return ready(`the store holds ${held ?? 'no token'}: the token in force would be stored first`);
}

function ready(detail: string): Verdict {
  return { verdict: 'ready', code: null, detail: sentence(detail) };
}

/** What may pass is waited for, as long as the run has to prepare. */
function refused(fault: RotorError): Verdict {
  const { code, retryable } = fault;
  return { verdict: retryable ? 'would_wait' : 'would_refuse', code, detail: detailOf(fault) };
}

/** Whole sentences, also where its message has no full stop. */
export function detailOf({ message, hint }: RotorError): string {
  return [sentence(message), hint].filter(Boolean).join(' ');
}

function sentence(text: string): string {
  return `${text.replace(/\.$/, '')}.`;
}

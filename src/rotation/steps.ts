import type { Issuer, Resource } from '../issuers/issuer.js';
import type { Claim, Journal } from '../journal/journal.js';
import type { Pin, StageKey, VersionId } from '../stores/store.js';
import type { Action } from './action.js';
import type { Clock } from './clock.js';
import type { Delivery } from './delivery.js';
import { RotorError, asRotorError } from './errors.js';
import { firstLedger } from './first-ledger.js';
import type { Look } from './look.js';
import type { Ports } from './ports.js';
import { replacedBefore } from './replaced.js';
import type { Run, RunState, StateOf } from './run.js';
import type { Fingerprint, Secret } from './secret.js';
import { candidateKey, mintToken, tokenFinding, tokenKey } from './tokens.js';

/** How long a token that is in hand is tried to be stored before the plan has to be asked for it. */
const STAGE_TRIES = 10;
const STAGE_PAUSE_MS = 250;

export type StepContext = {
  readonly run: Run;
  readonly claim: Claim;
  readonly journal: Journal;
  readonly ports: Ports;
  readonly look: Look;
  readonly clock: Clock;
  /** What a person asked was seen in this tick: what the tick records is the answer. */
  readonly answers: boolean;
  /** Throws `lease_lost` where the lease is too old to start an effect. */
  readonly mayAct: () => void;
};

/** How. Carries out one action and records what follows from it; throws where its effect is not known to have worked. */
export async function carryOut(
  action: Action,
  run: Run,
  context: StepContext,
  signal: AbortSignal,
): Promise<void> {
  const { ports, look } = context;
  const { store } = ports;
  switch (action.do) {
    case 'nothing':
    case 'wait':
    case 'deliver':
      return;
    case 'move':
      return record(context, action.to, action.note);
    case 'answer':
      await context.journal.append(context.claim, { asked: null, note: action.note });
      return;
    case 'stall':
      return recordStall(run, action.to, context);
    case 'stage': {
      const token = look.purse.get(action.token);
      const pin = await stage(tokenKey(run.id, token, action.again), token, action.base, context, signal);
      return record(context, action.next(pin), finding(token));
    }
    case 'mint': {
      const pin = await stage(candidateKey(run.id), mintToken(), action.base, context, signal);
      return record(context, action.next(pin));
    }
    case 'set': {
      const { issuer, resource } = issuerOf(run, context);
      if (issuer.kind !== 'caller-chosen') throw new Error('only a chosen token can be set');
      const token = await look.purse.read(action.token, store, signal);
      context.mayAct();
      await issuer.set(resource, token, action.precondition, signal);
      return record(context, action.next);
    }
    case 'reset':
      return reset(action, run, context);
    case 'promote':
      context.mayAct();
      await store.promote(action.version, action.expected, signal);
      return record(context, action.next);
    case 'release':
      await releaseAll(action.versions, context, signal);
      return record(context, action.next, action.note);
  }
}

function issuerOf(run: Run, { ports }: StepContext): { issuer: Issuer; resource: Resource } {
  const { resource } = run;
  if (!resource) throw new Error('nothing is set before the resource is known');
  return { issuer: ports.issuers.of(resource), resource };
}

async function record(context: StepContext, to: RunState, note?: string): Promise<void> {
  const state = to.state === 'settled' ? await withPast(to, context) : to;
  // In the same entry, so that no crash can leave a settled run without its deliveries.
  const deliveries =
    state.state === 'settled' ? { deliveries: await ledgerFor(state.current.fingerprint, context) } : {};
  await context.journal.append(context.claim, {
    state,
    ...deliveries,
    ...(context.answers && { asked: null }),
    ...(note !== undefined && { note }),
  });
}

async function withPast(to: StateOf<'settled'>, { run, journal }: StepContext): Promise<RunState> {
  const replaced = await replacedBefore(run, to.current.fingerprint, journal);
  return replaced ? { ...to, replaced } : to;
}

async function ledgerFor(
  fingerprint: Fingerprint,
  { run, journal, ports }: StepContext,
): Promise<Delivery[]> {
  const before = run.only && (await journal.lastSettled(run.rotation));
  return firstLedger(run, fingerprint, ports.targets, before);
}

/** Said once per reason, not at every poll. */
async function recordStall(run: Run, to: RunState, context: StepContext): Promise<void> {
  if (JSON.stringify(run.state) !== JSON.stringify(to)) await record(context, to);
}

async function stage(
  key: StageKey,
  token: Secret,
  base: VersionId | null,
  context: StepContext,
  signal: AbortSignal,
): Promise<Pin> {
  context.mayAct();
  return context.ports.store.stage(key, token, base, signal);
}

async function releaseAll(
  versions: readonly VersionId[],
  context: StepContext,
  signal: AbortSignal,
): Promise<void> {
  for (const version of versions) {
    context.mayAct();
    await context.ports.store.release(version, signal);
  }
}

/**
 * The one step that cannot be repeated. From the request on it does not stop for a shutdown or a lost lease: a token
 * that the reply brings is stored first, whoever owns the run by then.
 */
async function reset(
  action: Extract<Action, { do: 'reset' }>,
  run: Run,
  context: StepContext,
): Promise<void> {
  const { issuer, resource } = issuerOf(run, context);
  if (issuer.kind !== 'server-chosen') throw new Error('only a server-chosen token can be reset');
  await record(context, action.intent);
  context.mayAct();
  const unstoppable = new AbortController().signal;
  let token: Secret;
  try {
    token = await issuer.reset(resource, unstoppable);
  } catch (error) {
    const fault = asRotorError(error);
    if (fault.effect === 'not_applied') {
      await record(context, action.notApplied, `nothing was reset: ${fault.message}`);
    }
    throw fault;
  }
  if (token.isEmpty) throw new RotorError('token_unusable', 'the reset answered with an empty token');
  context.look.purse.put(token);
  const key = tokenKey(run.id, token);
  const pin = await stageInsistently(key, token, action.base, context);
  await record(context, action.next(pin), finding(token));
}

/** A few quick tries; after them the token is still in the plan, and the next ticks take it from there. */
async function stageInsistently(
  key: StageKey,
  token: Secret,
  base: VersionId,
  { ports, clock }: StepContext,
): Promise<Pin> {
  const unstoppable = new AbortController().signal;
  for (let tries = 1; ; tries += 1) {
    try {
      return await ports.store.stage(key, token, base, unstoppable);
    } catch (error) {
      if (tries >= STAGE_TRIES) throw error;
      await clock.sleep(STAGE_PAUSE_MS * tries, unstoppable);
    }
  }
}

function finding(token: Secret): string | undefined {
  const found = tokenFinding(token);
  return found === undefined ? undefined : `the token ${token.fingerprint} is kept as it is, but ${found}`;
}

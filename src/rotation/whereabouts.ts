import type { IssuerView, SeenToken } from '../issuers/issuer.js';
import type { Labelled, VersionId } from '../stores/store.js';
import { issuerLook } from './checkup.js';
import type { Clock } from './clock.js';
import { asRotorError, RotorError, sentenceOf } from './errors.js';
import type { NamedTarget, Ports } from './ports.js';
import type { Previewed } from './preview.js';
import { Purse } from './purse.js';
import type { Millis } from './run.js';
import type { Fingerprint } from './secret.js';
import { bogusToken } from './tokens.js';
import { seenTargets, type SeenTarget } from './verification.js';
import type { Acceptance } from './world.js';

/** One part of the world, and when it was looked at; `why`: it was not, so that it says neither yes nor no. */
export type Looked<T> =
  | { readonly isLookedAt: true; readonly at: Millis; readonly seen: T }
  | { readonly isLookedAt: false; readonly why: string };

/** `another`: it shows a token, and not this one. */
export type IssuerHas = 'in_force' | 'on_its_way' | 'another';

/** A version that holds the token; `unlabelled`: the store has it still, and keeps it for nobody. */
export type Kept = {
  readonly version: VersionId;
  readonly role: Labelled['role'] | 'unlabelled';
  readonly labels: readonly string[];
};

export type StoreHas = {
  readonly kept: readonly Kept[];
  /** Of the current version; absent where there is none. */
  readonly current?: Fingerprint;
  /** Labelled versions that hold no token that can be read. */
  readonly unreadable: number;
};

/** What fresh connections said; `any`: a random token was accepted as well, which makes it say nothing. */
export type ServerSays = Acceptance & { readonly isOpen: boolean };

/**
 * What the instances of a target run with, as far as that is proven: `seen` with this token; `other` neither with this
 * one, as far as was seen, nor with the store's current one, so that it may be this one. `assumed`: nobody can look.
 */
export type TargetHas =
  | {
      readonly is: 'counted';
      readonly seen: number;
      readonly of: number;
      readonly other: number;
      readonly detail?: string;
    }
  | { readonly is: 'assumed' }
  | { readonly is: 'needs_release'; readonly detail: string };

export type Whereabouts = {
  readonly rotation: string;
  readonly fingerprint: Fingerprint;
  readonly issuer: Looked<IssuerHas>;
  readonly store: Looked<StoreHas>;
  readonly server: Looked<ServerSays>;
  readonly targets: readonly { readonly name: string; readonly look: Looked<TargetHas> }[];
  /** A change is on its way, a sentence. */
  readonly busy?: string;
};

type Subject = Pick<Previewed, 'name' | 'policy' | 'ports'>;

/** `known`: versions of the store that have held it, by the journal. */
export type Wanted = { readonly fingerprint: Fingerprint; readonly known: readonly VersionId[] };

/**
 * Looks for one token in each part of the world by itself, so that one that fails hides no other. Changes nothing; throws
 * `config_invalid` where the ports cannot be built.
 */
export async function whereabouts(
  { name, policy, ports }: Subject,
  { fingerprint, known }: Wanted,
  clock: Clock,
  signal: AbortSignal,
): Promise<Whereabouts> {
  const opened = ports();
  const purse = new Purse();
  const [issuer, store] = await Promise.all([
    atIssuer(opened, { fingerprint, purse }, clock, signal),
    looked(clock, async () => inStore(opened, { fingerprint, known, purse }, signal)),
  ]);
  const url = opened.apmUrl ?? issuer.apmUrl;
  const current = store.isLookedAt ? store.seen.current : undefined;
  const asking = { opened, purse, url, connections: policy.probes };
  const [server, targets] = await Promise.all([
    looked(clock, async () => saidOf(fingerprint, asking, signal)),
    inTargets(opened.targets, { fingerprint, current }, clock, signal),
  ]);
  const { busy, look } = issuer;
  return {
    rotation: name,
    fingerprint,
    issuer: look,
    store,
    server,
    targets,
    ...(busy !== undefined && { busy }),
  };
}

type AtIssuer = {
  readonly look: Looked<IssuerHas>;
  readonly apmUrl?: string;
  readonly busy?: string;
};

async function atIssuer(
  opened: Ports,
  { fingerprint, purse }: Pick<Searching, 'fingerprint' | 'purse'>,
  clock: Clock,
  signal: AbortSignal,
): Promise<AtIssuer> {
  const { view, error } = await issuerLook(opened, signal);
  if (!view) return { look: { isLookedAt: false, why: sentenceOf(asRotorError(error)) } };
  const { apmUrl, busy } = view;
  const has = shownBy(view, fingerprint, purse);
  const look: Looked<IssuerHas> = has
    ? { isLookedAt: true, at: clock.now(), seen: has }
    : { isLookedAt: false, why: 'the issuer does not show the token in force' };
  return { look, apmUrl, ...(busy !== undefined && { busy }) };
}

async function looked<T>(clock: Clock, look: () => Promise<T>): Promise<Looked<T>> {
  try {
    const seen = await look();
    return { isLookedAt: true, at: clock.now(), seen };
  } catch (error) {
    return { isLookedAt: false, why: sentenceOf(asRotorError(error)) };
  }
}

/** Undefined where it shows none that could be told from this one. */
function shownBy({ current, pending }: IssuerView, wanted: Fingerprint, purse: Purse): IssuerHas | undefined {
  const isWanted = (token: SeenToken | undefined): boolean =>
    token !== undefined && token !== 'unreadable' && purse.put(token) === wanted;
  const [isInForce, isOnItsWay] = [isWanted(current), isWanted(pending)];
  if (isInForce) return 'in_force';
  if (isOnItsWay) return 'on_its_way';
  return current === 'unreadable' || pending === 'unreadable' ? undefined : 'another';
}

type Searching = Wanted & { readonly purse: Purse };

async function inStore(
  { store }: Ports,
  { fingerprint, known, purse }: Searching,
  signal: AbortSignal,
): Promise<StoreHas> {
  const all = await store.versions(signal);
  const labelled = all.filter((one) => one.fingerprint === fingerprint);
  const names = new Set(all.map(({ version }) => version));
  const kept: Kept[] = labelled.map(({ version, role, labels }) => ({ version, role, labels }));
  for (const version of new Set(known)) {
    if (names.has(version)) continue;
    if (await isStillHeld(version, { store, fingerprint, purse }, signal))
      kept.push({ version, role: 'unlabelled', labels: [] });
  }
  const [first] = labelled;
  if (first) purse.put(await store.read(first.version, signal));
  const current = all.find(({ role }) => role === 'current')?.fingerprint;
  const unreadable = all.filter((one) => one.fingerprint === undefined).length;
  return { kept, unreadable, ...(current !== undefined && { current }) };
}

/** Stores forget versions without a label in time. */
async function isStillHeld(
  version: VersionId,
  { store, fingerprint, purse }: Pick<Ports, 'store'> & Omit<Searching, 'known'>,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    return purse.put(await store.read(version, signal)) === fingerprint;
  } catch (error) {
    if (signal.aborted || asRotorError(error).retryable) throw error;
    return false;
  }
}

type Asking = {
  readonly opened: Ports;
  readonly purse: Purse;
  readonly url: string | undefined;
  readonly connections: number;
};

async function saidOf(
  fingerprint: Fingerprint,
  { opened, purse, url, connections }: Asking,
  signal: AbortSignal,
): Promise<ServerSays> {
  if (url === undefined)
    throw new RotorError('resource_unavailable', 'the address of the APM Server is not known');
  const token = purse.find(fingerprint);
  if (!token)
    throw new RotorError(
      'token_unreadable',
      'neither issuer nor store holds it, so that it cannot be shown to the APM Server',
    );
  const [said, bogus] = await opened.prober.probe(url, [token, bogusToken()], connections, signal);
  const { accepted, refused, unclear } = said ?? { accepted: 0, refused: 0, unclear: connections };
  return { accepted, refused, unclear, isOpen: (bogus?.accepted ?? 0) > 0 };
}

type Tokens = { readonly fingerprint: Fingerprint; readonly current: Fingerprint | undefined };

/**
 * A target is first asked for the token that it should run with: where all instances are proven to, none runs with
 * another. Of those that are not, it is asked how many run with this one.
 */
async function inTargets(
  targets: readonly NamedTarget[],
  { fingerprint, current }: Tokens,
  clock: Clock,
  signal: AbortSignal,
): Promise<Whereabouts['targets']> {
  const first = await seenTargets(targets, current ?? fingerprint, signal);
  const names = new Set(first.filter(isBehindAny).map(({ name }) => name));
  const behind =
    current === undefined || current === fingerprint ? [] : targets.filter(({ name }) => names.has(name));
  const again = await seenTargets(behind, fingerprint, signal);
  const at = clock.now();
  return first.map((seen) => {
    const more = again.find(({ name }) => name === seen.name);
    return { name: seen.name, look: lookAt(at, { seen, more, fingerprint, current }) };
  });
}

function isBehindAny({ state }: SeenTarget): boolean {
  return state === 'pending' || state === 'failed';
}

type Sight = Tokens & {
  readonly seen: SeenTarget;
  /** Of those that do not all run with the current token: what was seen of this one. */
  readonly more: SeenTarget | undefined;
};

function lookAt(at: Millis, { seen, more, fingerprint, current }: Sight): Looked<TargetHas> {
  const isOther = current !== undefined && current !== fingerprint;
  if (seen.state === 'unknown') return { isLookedAt: false, why: seen.why };
  const is = (has: TargetHas): Looked<TargetHas> => ({ isLookedAt: true, at, seen: has });
  switch (seen.state) {
    case 'assumed':
      return is({ is: 'assumed' });
    case 'needs_release':
      return is({ is: 'needs_release', detail: seen.detail });
    case 'converged':
      return is({ is: 'counted', seen: isOther ? 0 : seen.seen, of: seen.of, other: 0 });
    case 'pending':
    case 'failed': {
      const { of, other = of - seen.seen, detail } = seen;
      const why = detail === undefined ? {} : { detail };
      if (current === fingerprint) return is({ is: 'counted', seen: seen.seen, of, other: 0, ...why });
      // Some look no further where the target itself holds another token by now: none seen is then no proof.
      if (current === undefined)
        return is({ is: 'counted', seen: seen.seen, of, other: of - seen.seen, ...why });
      const count = more !== undefined && 'seen' in more ? more.seen : 0;
      return is({ is: 'counted', seen: count, of, other: Math.max(0, other - count), ...why });
    }
  }
}

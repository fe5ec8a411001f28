import type { IssuerView, Resource } from '../issuers/issuer.js';
import type { Pin } from '../stores/store.js';
import type { Known } from '../targets/target.js';
import type { Clock } from './clock.js';
import { asRotorError } from './errors.js';
import { apmUrlsOf, type NamedTarget, type Ports } from './ports.js';
import type { Previewed } from './preview.js';
import type { Millis } from './run.js';
import { bogusToken } from './tokens.js';
import { acceptedByAll, refusedByAll } from './world.js';

/** One thing that was looked at, and what a person is to do where it is not as it should be. */
export type Checked = {
  readonly check: string;
  readonly state: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  readonly hint?: string;
};

/** What an address says of itself, without a token: the time on its clock. Throws where it does not answer over TLS. */
export type Greet = (url: string, signal: AbortSignal) => Promise<Date | undefined>;

const CONNECTIONS = 3;
const DAY_MS = 24 * 3_600_000;
const EXPIRES_SOON_MS = 7 * DAY_MS;
/** AWS refuses what is signed five minutes ago: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html */
const SKEW_FAILS_MS = 5 * 60_000;
const SKEW_WARNS_MS = 30_000;

type Deps = { readonly clock: Clock; readonly greet: Greet };

/** Looks at each port of a rotation by itself, so that one that fails hides no other. Changes nothing, never throws. */
export async function checkUp(
  { ports }: Pick<Previewed, 'ports'>,
  deps: Deps,
  signal: AbortSignal,
): Promise<readonly Checked[]> {
  let opened: Ports;
  try {
    opened = ports();
  } catch (error) {
    return [failed('config', error)];
  }
  const issuer = await issuerLook(opened, signal);
  const store = await storeLook(opened, issuer.view, signal);
  const known = { apmUrls: apmUrlsOf(opened, issuer.view) };
  const targets = await Promise.all(opened.targets.map(async (one) => targetChecks(one, known, signal)));
  const url = opened.apmUrl ?? issuer.view?.apmUrl;
  return [
    ...issuerChecks(issuer, deps.clock),
    ...store.checks,
    ...targets.flat(),
    ...(await apmChecks(opened, { url, current: store.current }, deps, signal)),
  ];
}

type IssuerLook = { readonly resource?: Resource; readonly view?: IssuerView; readonly error?: unknown };

/** Never throws. */
export async function issuerLook({ issuers }: Ports, signal: AbortSignal): Promise<IssuerLook> {
  try {
    const resource = await issuers.resolve(signal);
    return { resource, view: await issuers.of(resource).inspect(resource, signal) };
  } catch (error) {
    return { error };
  }
}

function issuerChecks({ resource, view, error }: IssuerLook, clock: Clock): Checked[] {
  if (!resource || !view) return [failed('issuer', error)];
  const found = resource.chosen ?? `${resource.label}.`;
  const { current, busy, credentialExpires } = view;
  const checks: Checked[] = [
    current === 'unreadable'
      ? { check: 'issuer', state: 'warn', detail: `${found} It does not show the token in force.` }
      : { check: 'issuer', state: 'ok', detail: `${found} The token in force is ${current.fingerprint}.` },
  ];
  if (busy !== undefined)
    checks.push({ check: 'issuer', state: 'warn', detail: `A run would wait: ${busy}` });
  return credentialExpires ? [...checks, ...expiry(credentialExpires.getTime(), clock)] : checks;
}

function expiry(at: Millis, clock: Clock): Checked[] {
  const left = at - clock.now();
  if (left > EXPIRES_SOON_MS) return [];
  const when = new Date(at).toISOString();
  return [
    {
      check: 'credential',
      state: left > 0 ? 'warn' : 'fail',
      detail: `The credential of the issuer ${left > 0 ? 'expires' : 'has expired'} at ${when}.`,
      hint: 'Make a new one and put it in the place that the config refers to.',
    },
  ];
}

async function storeLook(
  { store }: Ports,
  view: IssuerView | undefined,
  signal: AbortSignal,
): Promise<{ readonly checks: readonly Checked[]; readonly current?: Pin | undefined }> {
  try {
    const said = await store.preflight(signal);
    const { current, replicas = [] } = await store.heads(signal);
    const behind = replicas.filter(({ state }) => state !== 'in_sync');
    return {
      current,
      checks: [
        heldBy(current, view),
        ...said.map((detail) => ({ check: 'store', state: 'warn', detail }) as const),
        ...behind.map(({ place, state }) => {
          return {
            check: 'store',
            state: 'warn',
            detail: `Its replica in ${place} is ${words(state)}.`,
          } as const;
        }),
      ],
    };
  } catch (error) {
    return { checks: [failed('store', error)] };
  }
}

function words(state: string): string {
  return state.replace('_', ' ');
}

function heldBy(current: Pin | undefined, view: IssuerView | undefined): Checked {
  const hint = 'rotor adopt stores the token in force.';
  if (!current) return { check: 'store', state: 'warn', detail: 'It holds no token yet.', hint };
  const shown = view?.current;
  if (shown === undefined || shown === 'unreadable')
    return { check: 'store', state: 'ok', detail: `It is readable and holds ${current.fingerprint}.` };
  return shown.fingerprint === current.fingerprint
    ? { check: 'store', state: 'ok', detail: 'It is readable and holds the token in force.' }
    : { check: 'store', state: 'warn', detail: `It holds ${current.fingerprint}, another token.`, hint };
}

async function targetChecks(
  { name, target }: NamedTarget,
  known: Known,
  signal: AbortSignal,
): Promise<readonly Checked[]> {
  const check = `target ${name}`;
  try {
    const said = await target.preflight(signal, known);
    if (said.length > 0) return said.map((detail) => ({ check, state: 'warn', detail }));
    return [{ check, state: 'ok', detail: 'A delivery could be made.' }];
  } catch (error) {
    return [failed(check, error)];
  }
}

type Apm = { readonly url: string | undefined; readonly current: Pin | undefined };

async function apmChecks(
  { prober, store }: Ports,
  { url, current }: Apm,
  { clock, greet }: Deps,
  signal: AbortSignal,
): Promise<readonly Checked[]> {
  const check = 'APM Server';
  if (url === undefined)
    return [{ check, state: 'warn', detail: 'Not looked at, since its address is not known.' }];
  try {
    const before = clock.now();
    const theirs = await greet(url, signal);
    const skew = theirs === undefined ? [] : [clockCheck(theirs.getTime(), (before + clock.now()) / 2, url)];
    const tokens = current ? [await store.read(current.version, signal)] : [];
    const said = await prober.probe(url, [...tokens, bogusToken()], CONNECTIONS, signal);
    return [verdictOn(said, url), ...skew];
  } catch (error) {
    return [failed(check, error)];
  }
}

function verdictOn(said: Awaited<ReturnType<Ports['prober']['probe']>>, url: string): Checked {
  const check = 'APM Server';
  const bogus = said.at(-1);
  const stored = said.length > 1 ? said[0] : undefined;
  if ((bogus?.accepted ?? 0) > 0) {
    const hint = 'Switch its authentication on: nothing that Rotor does would protect anything.';
    return { check, state: 'fail', detail: `${url} accepts a random token.`, hint };
  }
  if (!refusedByAll(bogus)) {
    return { check, state: 'fail', detail: `${url} was reached over TLS and gives no clear answer.` };
  }
  if (!stored)
    return { check, state: 'ok', detail: `${url} was reached over TLS and refuses a random token.` };
  if (acceptedByAll(stored)) {
    const detail = `${url} was reached over TLS, accepts the stored token and refuses a random one.`;
    return { check, state: 'ok', detail };
  }
  const hint = 'rotor verify says who is out of step.';
  return { check, state: 'fail', detail: `${url} does not accept the stored token everywhere.`, hint };
}

/** Of two clocks, by what an address says of its own. */
export function clockCheck(theirs: Millis, ours: Millis, url: string): Checked {
  // The header has whole seconds.
  const skew = Math.max(0, Math.abs(theirs - ours) - 1_000);
  const state = skew >= SKEW_FAILS_MS ? 'fail' : skew >= SKEW_WARNS_MS ? 'warn' : 'ok';
  const detail = `It differs from that of ${new URL(url).host} by ${Math.round(skew / 1_000)} s.`;
  return { check: 'clock', state, detail, ...(state !== 'ok' && { hint: 'Set this machine by NTP.' }) };
}

/** A check that has thrown. */
export function failed(check: string, error: unknown): Checked {
  const { message, hint } = asRotorError(error);
  return { check, state: 'fail', detail: message, ...(hint !== undefined && { hint }) };
}

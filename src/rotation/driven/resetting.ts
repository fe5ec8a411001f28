import type { Note } from '../../stores/driven-store.js';
import type { Pin, StageKey, VersionId } from '../../stores/store.js';
import { asRotorError, RotorError } from '../errors.js';
import type { Fingerprint, Secret } from '../secret.js';
import { tokenFinding, tokenKey } from '../tokens.js';
import { intentKeys, intentOf, parseIntent, wordsOf, type Intent } from './intent.js';
import { assertReady, keepOld, type Ready } from './ready.js';
import { currentIn, lookAt, shownBy, type Seen, type Step } from './step.js';

/** How long a token that is in hand is tried to be stored before the plan has to be asked for it. */
const STORE_TRIES = 10;
const STORE_PAUSE_MS = 250;

/**
 * A token that the server chooses, and tells once. The request is sent by the one call that has written the intent,
 * and by no other call ever; what became of a request without an answer is read from the plan.
 */
export async function resetOnce(step: Step): Promise<string> {
  const { version, ports, signal } = step;
  const kept = await ports.notes.kept(signal);
  const keys = intentKeys(version);
  const key = keys.find((one) => !kept.some((note) => note.isCrossed && isSame(note, one)));
  if (key === undefined) {
    throw new RotorError(
      'not_possible',
      `${keys.length} requests to reset the token have been refused for this rotation; nothing was reset.`,
      {
        hint: `See in the log what refused them. ${ports.announced.howToEnd(version)}`,
        effect: 'not_applied',
      },
    );
  }
  if (kept.some((note) => isSame(note, key))) return observe(key, step);
  const others = kept.filter((note) => !keys.some((one) => isSame(note, one)));
  const taken = await takeOver(others, step);
  if (taken !== undefined) return taken;
  const ready = await assertReady(step);
  await ports.store.preflight(signal);
  await keepOld(ready, step);
  const { resource, inForce, view } = ready;
  const intent = intentOf(version, resource, inForce, { attempt: view.attempt, at: step.clock.now() });
  if ((await ports.notes.write(key, wordsOf(intent), signal)) === 'taken') return observe(key, step);
  return send(key, ready, step);
}

/** From here on nothing stops it: a token that the reply brings is stored first. */
async function send(key: StageKey, { resource, issuer, current }: Ready, step: Step): Promise<string> {
  if (issuer.kind !== 'server-chosen') throw new Error('only a server-chosen token can be reset');
  const unstoppable = new AbortController().signal;
  let token: Secret;
  try {
    token = await issuer.reset(resource, unstoppable);
  } catch (error) {
    const fault = asRotorError(error);
    if (fault.effect !== 'not_applied') throw unanswered(fault);
    await step.ports.notes.cross(key as string as VersionId, unstoppable);
    throw fault;
  }
  if (token.isEmpty) throw new RotorError('token_unusable', 'the reset answered with an empty token');
  return keep(token, current, step);
}

/** The token of a reset, from its answer or from the plan, into the announced version; beside it where that is taken. */
async function keep(token: Secret, current: Pin, step: Step): Promise<string> {
  const { version, ports } = step;
  const unstoppable = new AbortController().signal;
  const held = await insistently(async () => ports.announced.fill(version, token, unstoppable), step);
  if (held.fingerprint !== token.fingerprint) {
    const key = tokenKey(version, token);
    await insistently(async () => ports.store.stage(key, token, current.version, unstoppable), step);
  }
  const found = tokenFinding(token);
  return `version ${version} holds ${held.fingerprint}${found === undefined ? '' : `, kept as it is, but ${found}`}`;
}

async function insistently<T>(store: () => Promise<T>, { clock }: Step): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await store();
    } catch (error) {
      if (tries >= STORE_TRIES) throw error;
      await clock.sleep(STORE_PAUSE_MS * tries, new AbortController().signal);
    }
  }
}

/** A call before this one was about to send the request, and may have: only the plan can tell. */
async function observe(key: StageKey, step: Step): Promise<string> {
  const { version, ports, signal } = step;
  const intent = parseIntent(await ports.notes.read(key as string as VersionId, signal));
  const seen = await lookAt(step);
  if (seen.resource.key !== intent.resource) throw elsewhere(intent, seen);
  const token = broughtBy(intent, seen);
  if (token) return keep(token, await currentIn(step), step);
  assertQuiet(intent, seen, step);
  throw new RotorError(
    'not_possible',
    `the reset of this rotation left no trace for the whole quiet period: the token in force is still ` +
      `${intent.previous}. Rotor sends no second request for one rotation.`,
    { hint: `See whether the API answers. ${ports.announced.howToEnd(version)}` },
  );
}

/** What resets of other rotations have left, rotations that were called off: their token, or nothing. */
async function takeOver(others: readonly Note[], step: Step): Promise<string | undefined> {
  const { ports, signal } = step;
  for (const { key, isCrossed } of others) {
    if (isCrossed) {
      await ports.notes.erase(key, signal);
      continue;
    }
    const intent = parseIntent(await ports.notes.read(key, signal));
    const seen = await lookAt(step);
    if (seen.resource.key !== intent.resource) continue;
    const current = await currentIn(step);
    const token = broughtBy(intent, seen);
    if (!token) assertQuiet(intent, seen, step);
    if (!token || token.fingerprint === current.fingerprint) {
      await ports.notes.erase(key, signal);
      continue;
    }
    const said = await keep(token, current, step);
    await ports.notes.erase(key, signal);
    return `${said}, which the reset of rotation ${intent.rotation} has brought: nothing was reset again`;
  }
  return undefined;
}

/** undefined: the plan shows the token of before. */
function broughtBy(intent: Intent, seen: Seen): Secret | undefined {
  const shown = shownBy(seen);
  if (shown !== 'unreadable') return isToken(shown, intent.previous) ? undefined : shown;
  throw new RotorError(
    'token_unreadable',
    'the issuer does not show the token in force, so the token of an unanswered reset cannot be read',
    { hint: 'Give the credential a role that may read the plan; the step can then be called again.' },
  );
}

/** Throws while the request, or its plan, may still be on its way. */
function assertQuiet({ rotation, at, attempt }: Intent, { view }: Seen, { ports, clock }: Step): void {
  const { quietPeriodMs, acceptDeadlineMs } = ports.policy;
  // Somebody else's plan, applied meanwhile, says nothing of ours, and ours may have waited for it.
  const ms = view.attempt === attempt ? quietPeriodMs : quietPeriodMs + acceptDeadlineMs;
  const leftMs = at + ms - clock.now();
  if (view.busy === undefined && leftMs <= 0) return;
  const why = view.busy ?? `${Math.ceil(leftMs / 1_000)} s are left of its quiet period`;
  throw new RotorError(
    'upstream_busy',
    `the reset of rotation ${rotation} has not been answered, and the plan shows no other token yet: ${why}`,
    { hint: 'Call again: nothing is reset a second time, the plan is read.' },
  );
}

function unanswered(fault: RotorError): RotorError {
  return new RotorError(
    fault.code,
    `the reset may have been carried out, and its answer is lost: ${fault.message}`,
    {
      cause: fault,
      retryable: true,
      hint: 'Call again: nothing is reset a second time, the plan is read.',
    },
  );
}

function elsewhere({ resource }: Intent, seen: Seen): RotorError {
  return new RotorError(
    'not_possible',
    `this rotation began with ${resource}, and the config now leads to ${seen.resource.key}`,
    { hint: 'Put the config back until the rotation has ended.' },
  );
}

function isSame({ key }: Note, one: StageKey): boolean {
  return (key as string) === one;
}

function isToken(token: Secret, fingerprint: Fingerprint): boolean {
  return token.fingerprint === fingerprint;
}

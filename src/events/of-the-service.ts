import type { Millis } from '../rotation/run.js';
import { iso } from './iso.js';
import type { EventData, RotorEvent } from './schemas.js';

const SCHEDULER = 'scheduler ';

/** As all subjects here with a blank, which no rotation has in its name: one key must not stand for two things. */
export function credentialSubject(kind: string, token?: string): string {
  return ['credential', kind, ...(token === undefined ? [] : [token])].join(' ');
}

function schedulerSubject(instance: string): string {
  return `${SCHEDULER}${instance}`;
}

/** The other way round. */
export function instanceIn(subject: string): string {
  return subject.slice(SCHEDULER.length);
}

/** A credential of Rotor; `token`: of the API. */
export type Ending = {
  readonly kind: string;
  readonly token?: { readonly id: string; readonly name: string };
  readonly expiresAt: Millis;
};

export function credentialExpiring({ kind, token, expiresAt }: Ending): RotorEvent {
  const data = { kind, token: token ?? null, expiresAt: iso(expiresAt) };
  return { name: 'credential.expiring', rotation: credentialSubject(kind, token?.id), data };
}

export function credentialSettled(
  { kind, token }: Omit<Ending, 'expiresAt'>,
  why: EventData<'credential.settled'>['why'],
): RotorEvent {
  const data = { kind, token: token ?? null, why };
  return { name: 'credential.settled', rotation: credentialSubject(kind, token?.id), data };
}

export function schedulerStalled(
  instance: string,
  since: Millis,
  fault: { readonly code: string; readonly message: string } | undefined,
): RotorEvent {
  const problem = fault ? { code: fault.code, detail: fault.message } : null;
  const data = { instance, since: iso(since), problem };
  return { name: 'scheduler.stalled', rotation: schedulerSubject(instance), data };
}

export function schedulerResumed(instance: string, at: Millis): RotorEvent {
  return { name: 'scheduler.resumed', rotation: schedulerSubject(instance), data: { instance, at: iso(at) } };
}

export function schedulerGone(instance: string, since: Millis, seenBy: string): RotorEvent {
  const data = { instance, since: iso(since), seenBy };
  return { name: 'scheduler.gone', rotation: schedulerSubject(instance), data };
}

export function rotationRemoved(rotation: string): RotorEvent {
  const detail = 'The config does not declare it any more: nobody looks after what was told of it.';
  return { name: 'rotation.removed', rotation, data: { detail } };
}

/** What the events of the config are about. With a blank, which no rotation has in its name. */
export const CONFIG_SUBJECT = 'the config';

export function configReloaded(data: EventData<'config.reloaded'>): RotorEvent {
  return { name: 'config.reloaded', rotation: CONFIG_SUBJECT, data };
}

export function configInvalid(data: EventData<'config.invalid'>): RotorEvent {
  return { name: 'config.invalid', rotation: CONFIG_SUBJECT, data };
}

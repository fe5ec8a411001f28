import { randomBytes } from 'node:crypto';
import type { Millis } from '../rotation/run.js';

/**
 * CloudEvents 1.0, structured mode: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
 */
export type CloudEvent<Data = unknown> = {
  readonly specversion: '1.0';
  /** Also the webhook-id: the same on every try. */
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** The rotation. */
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly dataschema: string;
  readonly data: Data;
};

export const CLOUD_EVENT_TYPE = 'application/cloudevents+json; charset=utf-8';

/** Of events of a Rotor whose config gives none. */
export const SOURCE = 'urn:rotor';

export type Happened<Data> = {
  readonly id: string;
  readonly source: string;
  /** Such as `rotation.failed`. */
  readonly name: string;
  readonly rotation: string;
  readonly at: Millis;
  readonly data: Data;
};

export function cloudEvent<Data>({ id, source, name, rotation, at, data }: Happened<Data>): CloudEvent<Data> {
  return {
    specversion: '1.0',
    id,
    source,
    type: typeOf(name),
    subject: rotation,
    time: new Date(at).toISOString(),
    datacontenttype: 'application/json',
    dataschema: schemaIdOf(name),
    data,
  };
}

export function typeOf(name: string): string {
  return `dev.rotor.${name}.v1`;
}

/** The other way round; what is no type of Rotor stays as it is. */
export function nameOf(type: string): string {
  return /^dev\.rotor\.(.+)\.v1$/.exec(type)?.[1] ?? type;
}

/** The `$id` of its file in `docs/events`. */
export function schemaIdOf(name: string): string {
  return `urn:rotor:event:${name}:v1`;
}

export function newEventId(now: Millis): string {
  return `evt_${now.toString(36)}${randomBytes(8).toString('hex')}`;
}

import { z } from 'zod';
import { cloudEvent, newEventId, type CloudEvent } from '../../src/events/cloud-event.js';
import { eventData, EVENT_NAMES, type EventData, type EventName } from '../../src/events/schemas.js';

type Schema = {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly pattern?: string;
  readonly format?: string;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
};

/** An event of each kind that says as much as it can, with this text wherever one may stand. */
export function everyEvent(text: string): CloudEvent[] {
  return EVENT_NAMES.map((name) =>
    event(name, valueOf(z.toJSONSchema(eventData[name]) as Schema, text) as EventData<typeof name>),
  );
}

export function event<Name extends EventName>(
  name: Name,
  data: EventData<Name>,
  { rotation = 'checkout' }: { readonly rotation?: string } = {},
): CloudEvent {
  const at = Date.UTC(2026, 0, 2, 3, 4, 5);
  return cloudEvent({ id: newEventId(at), source: 'urn:rotor', name, rotation, at, data });
}

export function run(
  changes: Partial<EventData<'rotation.started'>['run']> = {},
): EventData<'rotation.started'>['run'] {
  return {
    id: 'run_1',
    mode: 'rotate',
    trigger: { kind: 'schedule', reason: 'the token is due', by: null },
    startedAt: '2026-01-02T03:00:00.000Z',
    resource: 'deployment checkout-prod',
    store: 'aws-secrets-manager prod/apm/checkout',
    previous: 'aaaaaaaa',
    current: 'bbbbbbbb',
    ...changes,
  };
}

export function end(changes: Partial<EventData<'rotation.failed'>> = {}): EventData<'rotation.failed'> {
  return {
    run: run(),
    reason: null,
    code: null,
    detail: 'Every target has the token.',
    endedAt: '2026-01-02T03:04:05.000Z',
    authGapMs: 12_400,
    deliveries: [
      { target: 'web', state: 'converged' },
      { target: 'jobs', state: 'converged' },
    ],
    ...changes,
  };
}

function valueOf(schema: Schema, text: string): unknown {
  const { enum: choices, anyOf, pattern, format, items, properties } = schema;
  const [type] = [schema.type ?? []].flat().filter((one) => one !== 'null');
  if ('const' in schema) return schema.const;
  if (choices) return choices[0];
  if (anyOf) return valueOf(anyOf.find((one) => one.type !== 'null') ?? {}, text);
  if (pattern !== undefined && format === undefined) return 'aaaaaaaa';
  if (format === 'date-time') return '2026-01-02T03:04:05.000Z';
  if (type === 'object')
    return Object.fromEntries(
      Object.entries(properties ?? {}).map(([key, one]) => [key, valueOf(one, text)]),
    );
  if (type === 'array') return Array.from({ length: 60 }, () => valueOf(items ?? {}, text));
  if (type === 'boolean') return true;
  return type === 'string' ? text : 7;
}

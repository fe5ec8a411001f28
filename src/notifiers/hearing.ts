import { z } from 'zod';
import { text } from '../config/fields.js';
import { SOURCE } from '../events/cloud-event.js';
import { EVENT_NAMES, type EventName } from '../events/schemas.js';

/** What a notifier hears of, and what its events say about where they come from. */
export type Hearing = {
  readonly on: readonly (EventName | '*')[];
  readonly source: string;
};

const SOURCE_EXPECTED = 'a URI, such as "https://rotor.example.com" or "urn:rotor:prod"';

export const on = z
  .array(z.enum(['*', ...EVENT_NAMES]), { error: 'a list of events, or ["*"]' })
  .min(1, { error: 'at least one event, or "*"' })
  .meta({ description: 'Events that it hears of.', default: ['*'] })
  .prefault(['*']);

export const source = text('Which Rotor this is, in the events: a URI.', {
  pattern: /^[A-Za-z][A-Za-z0-9+.-]*:[^\s]+$/,
  expected: SOURCE_EXPECTED,
})
  .meta({ default: SOURCE })
  .prefault(SOURCE);

import { eventJsonSchema } from '../../src/events/json-schema.js';
import { eventData, EVENT_NAMES } from '../../src/events/schemas.js';

/** What stands in `docs/events`, by file. */
export function eventDocuments(): ReadonlyMap<string, string> {
  const described = EVENT_NAMES.map((name) => ({ name: name as string, data: eventData[name] }));
  return new Map(
    described.map((one) => [
      `${one.name}.v1.json`,
      `${JSON.stringify(eventJsonSchema(one), undefined, 2)}\n`,
    ]),
  );
}

import { TOKEN_DELIVERY, tokenDelivery } from '../../src/events/delivery-schema.js';
import { eventJsonSchema } from '../../src/events/json-schema.js';
import { NOTIFIER_TEST, notifierTest } from '../../src/events/test-schema.js';
import { eventData, EVENT_NAMES, OF_THE_SERVICE } from '../../src/events/schemas.js';

/** What stands in `docs/events`, by file. */
export function eventDocuments(): ReadonlyMap<string, string> {
  const described = [
    ...EVENT_NAMES.map((name) => ({
      name,
      data: eventData[name],
      ...(OF_THE_SERVICE.has(name) && { subject: 'What it happened to.' }),
    })),
    { name: TOKEN_DELIVERY, data: tokenDelivery },
    { name: NOTIFIER_TEST, data: notifierTest, subject: 'Name of the notifier.' },
  ];
  return new Map(
    described.map((one) => [
      `${one.name}.v1.json`,
      `${JSON.stringify(eventJsonSchema(one), undefined, 2)}\n`,
    ]),
  );
}

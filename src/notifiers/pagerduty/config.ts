import { z } from 'zod';
import { httpsUrl, secretReference } from '../../config/fields.js';
import type { SecretRef } from '../../config/secret-ref.js';
import { limitsOf, receiverFields, type ReceiverLimits } from '../../config/webhook-fields.js';
import { source, type Hearing } from '../hearing.js';
import { heardFor, RAISING, severitiesOf, SEVERITIES, type Raising, type Severity } from './alerts.js';

export type PagerDutyNotifierConfig = Hearing & {
  readonly type: 'pagerduty';
  readonly routingKey: SecretRef;
  readonly url: string;
  /** What somebody is called for, and how badly. */
  readonly raising: Readonly<Partial<Record<Raising, Severity>>>;
  readonly limits: ReceiverLimits;
};

const severities = RAISING.map(
  (name) => [name, z.enum(SEVERITIES).describe('How bad it is.').exactOptional()] as const,
);

/** A notifier of type `pagerduty`, as it stands in rotor.yaml. */
export const pagerDutyNotifierConfig = z
  .strictObject({
    type: z
      .literal('pagerduty')
      .describe('Alerts that resolve themselves, by the Events API v2 of PagerDuty.'),
    routingKey: secretReference('Integration key of a service, of 32 characters.'),
    url: httpsUrl('The Events API; in the EU https://events.eu.pagerduty.com.').prefault(
      'https://events.pagerduty.com',
    ),
    on: z
      .array(z.enum(RAISING), { error: 'a list of events that somebody can be called for' })
      .min(1, { error: 'at least one event' })
      .meta({
        description: 'What somebody is called for. What ends it is heard of as well.',
        default: RAISING,
      })
      .prefault(RAISING),
    severity: z
      .strictObject(Object.fromEntries(severities))
      .describe('Other severities than those of Rotor, by event.')
      .exactOptional(),
    source,
    ...receiverFields,
  })
  .transform(
    ({ type, routingKey, url, on, severity = {}, source: from, ...limits }): PagerDutyNotifierConfig => ({
      type,
      on: heardFor(on),
      source: from,
      routingKey,
      url,
      raising: severitiesOf(on, severity),
      limits: limitsOf(limits),
    }),
  );

import { z } from 'zod';
import { isRange } from '../http/address-guard.js';
import { duration, secretReference, text, tlsTrust } from './fields.js';
import { phrase } from './phrase.js';
import type { SecretRef } from './secret-ref.js';

/** What whoever is posted to may be. */
export type ReceiverLimits = {
  readonly allowPrivate: readonly string[];
  readonly allowHttp: readonly string[];
  readonly timeoutMs: number;
  readonly tls?: { readonly caFile: string } | undefined;
};

/** Where a webhook goes and what it is signed with, as notifiers and targets freeze it. */
export type WebhookReceiver = ReceiverLimits & {
  readonly url: string;
  /** The newest first. */
  readonly secrets: readonly SecretRef[];
};

const URL_EXPECTED = 'an https URL without user, password or fragment';

const url = z
  .string({ error: URL_EXPECTED })
  .regex(/^https?:\/\//, { error: URL_EXPECTED })
  .refine(isAddress, { error: URL_EXPECTED })
  .meta({ description: 'Where it is posted to. Plain http only to a host that allowHttp names.' });

const secretDescription = 'Signs what is sent, by Standard Webhooks: whsec_ and 24 to 64 bytes in base64.';

const secret = z
  .union([
    secretReference(secretDescription),
    z.array(secretReference(secretDescription)).min(1, { error: 'at least one secret' }),
  ])
  .meta({
    description: `${secretDescription} A list while it is replaced: each signs, the newest comes first.`,
  })
  .transform((given) => (Array.isArray(given) ? given : [given]));

const HOST_PATTERN = /^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$/;
const PRIVATE_EXPECTED = 'the name of a host, an address or a range, such as "10.0.0.0/8"';

const allowed = text('A host or a range.', {
  pattern: /^[A-Za-z0-9:./-]+$/,
  expected: PRIVATE_EXPECTED,
}).refine((value) => isRange(value) || HOST_PATTERN.test(value), { error: PRIVATE_EXPECTED });

const host = text('A host.', { pattern: HOST_PATTERN, expected: 'the name of a host, or its IPv4 address' });

export const receiverFields = {
  allowPrivate: z
    .array(allowed)
    .meta({
      description:
        'Hosts, addresses and ranges that may be private. Without it, nothing goes to a private, loopback or link-local address.',
      default: [],
    })
    .prefault([]),
  allowHttp: z
    .array(host)
    .meta({ description: 'Hosts that may be spoken to without TLS.', default: [] })
    .prefault([]),
  timeout: duration('How long one try may take.', { min: '100ms', max: '30s' }).prefault('10s'),
  tls: tlsTrust('the receiver').exactOptional(),
};

export const webhookFields = { url, secret, ...receiverFields };

type DeclaredLimits = {
  readonly allowPrivate: readonly string[];
  readonly allowHttp: readonly string[];
  readonly timeout: number;
  readonly tls?: { readonly caFile: string } | undefined;
};

type Declared = DeclaredLimits & { readonly url: string; readonly secret: readonly SecretRef[] };

export function receiverOf({ url: address, secret: secrets, ...limits }: Declared): WebhookReceiver {
  return { url: address, secrets, ...limitsOf(limits) };
}

export function limitsOf({
  allowPrivate,
  allowHttp,
  timeout: timeoutMs,
  tls,
}: DeclaredLimits): ReceiverLimits {
  return { allowPrivate, allowHttp, timeoutMs, ...(tls && { tls }) };
}

export const PLAIN_HTTP = {
  path: ['url'],
  error: phrase('an https URL', ['Plain http goes only to a host that allowHttp names.']),
};

export function isEncryptedOrAllowed({
  url: address,
  allowHttp,
}: Pick<Declared, 'url' | 'allowHttp'>): boolean {
  const parsed = URL.parse(address);
  return parsed === null || parsed.protocol === 'https:' || allowHttp.includes(parsed.hostname);
}

function isAddress(value: string): boolean {
  const parsed = URL.parse(value);
  return parsed !== null && parsed.username === '' && parsed.password === '' && parsed.hash === '';
}

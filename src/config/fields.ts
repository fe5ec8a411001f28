import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { DURATION_EXPECTED, DURATION_PATTERN, durationMs, parseDuration } from './duration.js';
import { phrase } from './phrase.js';
import { isSecretRef, secretRef, SECRET_REF_EXPECTED, SECRET_REF_PATTERN } from './secret-ref.js';

/** The longest timer of Node.js: a longer one would fire at once. */
const LONGEST_TIMER = '24d';

type DurationOptions = {
  /** Only documented here, defaults.ts applies it. */
  readonly fallback?: string;
  readonly min?: string;
  /** Default: the longest that can be waited for, 24d. */
  readonly max?: string;
};

/** A duration as text; its output is milliseconds. */
export function duration(description: string, options: DurationOptions = {}) {
  const { fallback, min = '1ms', max = LONGEST_TIMER } = options;
  return z
    .string({ error: DURATION_EXPECTED })
    .regex(DURATION_PATTERN, { error: DURATION_EXPECTED })
    .refine((value) => durationMs(value) !== undefined, { error: DURATION_EXPECTED })
    .refine((value) => isWithin(durationMs(value), min, max), { error: `a duration from ${min} to ${max}` })
    .meta({
      description: `${description} Unit: a duration, from ${min} to ${max}.`,
      ...(fallback && { default: fallback }),
    })
    .transform(parseDuration);
}

/** What is no duration at all is told by the checks before. */
function isWithin(ms: number | undefined, min: string, max: string): boolean {
  return ms === undefined || (ms >= parseDuration(min) && ms <= parseDuration(max));
}

export function wholeNumber(description: string, range: { min: number; max: number; fallback: number }) {
  const error = `a whole number from ${range.min} to ${range.max}`;
  return z
    .int({ error })
    .min(range.min, { error })
    .max(range.max, { error })
    .meta({ description, default: range.fallback });
}

export function text(description: string, options: { pattern?: RegExp; expected?: string } = {}) {
  const error = options.expected ?? 'a text that is not empty';
  return z
    .string({ error })
    .regex(options.pattern ?? /\S/, { error })
    .meta({ description });
}

export function absolutePath(description: string) {
  const error = 'an absolute path, such as "/etc/rotor/ca.pem"';
  return text(description, { pattern: /^\//, expected: error }).refine(isAbsolute, { error });
}

/** A secret, by reference only. */
export function secretReference(description: string) {
  const error = phrase(SECRET_REF_EXPECTED, [
    'Rotor takes no secret from its config file: put the value in an environment variable or a file and refer to it.',
  ]);
  return z
    .string({ error })
    .regex(SECRET_REF_PATTERN, { error })
    .refine(isSecretRef, { error })
    .meta({ description: `${description} A reference: \${env:NAME} or \${file:/absolute/path}.` })
    .transform(secretRef);
}

const HTTPS_EXPECTED = phrase('an https URL without user, password, query or fragment', [
  'Over plain http the API key and the tokens would go in clear.',
]);

/** An https URL; its output has no slash at the end. */
export function httpsUrl(description: string, fallback?: string) {
  return z
    .string({ error: HTTPS_EXPECTED })
    .regex(/^https:\/\//, { error: HTTPS_EXPECTED })
    .refine(isPlainUrl, { error: HTTPS_EXPECTED })
    .meta({ description, ...(fallback && { default: fallback }) })
    .transform(withoutEndSlash);
}

const LINK_EXPECTED = 'an http or https URL without user, password, query or fragment';

/** Where people are led to; its output has no slash at the end. */
export function linkUrl(description: string) {
  return z
    .string({ error: LINK_EXPECTED })
    .regex(/^https?:\/\//, { error: LINK_EXPECTED })
    .refine(isPlainUrl, { error: LINK_EXPECTED })
    .meta({ description })
    .transform(withoutEndSlash);
}

/** A program and its arguments. */
export function argv(description: string) {
  const error = phrase('a list of a program and its arguments, such as ["systemctl", "reload", "agent"]', [
    'No shell is used, so one text would not be split into words.',
  ]);
  const argument = z.string({ error: 'a text: one argument, in quotes' });
  return z
    .array(argument, { error })
    .min(1, { error })
    .refine(([program]) => program === undefined || program.trim() !== '', { error })
    .meta({ description });
}

export function tlsTrust(whom: string) {
  return z
    .strictObject({
      caFile: absolutePath(`PEM file of the certificate authority that signed the certificate of ${whom}.`),
    })
    .describe(`TLS towards ${whom}. Default: the authorities that Node.js trusts.`);
}

function isPlainUrl(value: string): boolean {
  const url = URL.parse(value);
  if (url === null) return false;
  return url.username === '' && url.password === '' && url.search === '' && url.hash === '';
}

function withoutEndSlash(url: string): string {
  return url.replace(/\/+$/, '');
}

const LISTEN_PATTERN = /^(\[[0-9A-Fa-f:.]+\]|[^\s:[\]]+):([0-9]{1,5})$/;

const LISTEN_EXPECTED = 'an address and a port from 0 to 65535, such as "127.0.0.1:8080"';

/** Address and port as one text; its output has them apart, an IPv6 address without its brackets. */
export function listenAddress(description: string, fallback: string) {
  return text(description, { pattern: LISTEN_PATTERN, expected: LISTEN_EXPECTED })
    .refine((value) => Number(LISTEN_PATTERN.exec(value)?.[2]) <= 65_535, { error: LISTEN_EXPECTED })
    .meta({ description, default: fallback })
    .transform((value) => {
      const [, host = '', port = ''] = LISTEN_PATTERN.exec(value) ?? [];
      return { host: host.replaceAll(/[[\]]/g, ''), port: Number(port) };
    });
}

/** As it is written. */
export function listenText({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

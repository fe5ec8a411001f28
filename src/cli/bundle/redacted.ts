/** API tokens of Rotor, secrets that sign, JWTs, and what stands in an Authorization header. */
const SECRETS = [
  /rot_[A-Za-z0-9_-]{16,}/g,
  /whsec_[A-Za-z0-9+/=]{16,}/g,
  /eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g,
  /(?<=\b(?:Bearer|ApiKey|Basic) )[A-Za-z0-9._~+/=-]{8,}/gi,
];

/** Nothing of a bundle should hold one: what does all the same shows that it did, and no more. */
export function withoutSecrets(text: string): string {
  return SECRETS.reduce((left, pattern) => left.replaceAll(pattern, '[redacted]'), text);
}

/**
 * A config holds references in the place of secrets. Besides them some URLs are as good as a secret, and what a command
 * or a script says is nobody's business: of URLs the origin stays, of commands their number of words.
 */
export function redactedConfig(value: unknown, key = ''): unknown {
  if (Array.isArray(value))
    return COMMANDS.has(key) ? `[${value.length} redacted]` : value.map((one) => redactedConfig(one, key));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, redactedConfig(one, name)]));
  return typeof value === 'string' ? redactedText(value) : value;
}

const COMMANDS = new Set(['reload', 'check', 'commands']);

function redactedText(text: string): string {
  if (!/^https?:/.test(text)) return withoutSecrets(text);
  const url = URL.parse(text);
  if (!url) return '[redacted]';
  return url.pathname === '/' && url.search === '' ? url.origin : `${url.origin}/[redacted]`;
}

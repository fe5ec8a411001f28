/** API tokens of Rotor, secrets that sign, JWTs, what stands in an Authorization header, and addresses that are secrets. */
const SECRETS = [
  /rot_[A-Za-z0-9_-]{16,}/g,
  /whsec_[A-Za-z0-9+/=]{16,}/g,
  /eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g,
  /(?<=\b(?:Bearer|ApiKey|Basic) )[A-Za-z0-9._~+/=-]{8,}/gi,
  // https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
  /(?<=\bhooks\.slack(?:-gov)?\.com\/)[A-Za-z0-9_/-]+/g,
  // https://docs.slack.dev/authentication/tokens
  /\bxox[a-z]?(?:\.xox[bp])?-[A-Za-z0-9-]{8,}/g,
  // https://healthchecks.io/docs/http_api/
  /(?<=\bhc-ping\.com\/)[A-Za-z0-9_/-]+/g,
];

/** Nothing of a bundle should hold one: what does all the same shows that it did, and no more. */
export function withoutSecrets(text: string): string {
  return SECRETS.reduce((left, pattern) => left.replaceAll(pattern, '[redacted]'), text);
}

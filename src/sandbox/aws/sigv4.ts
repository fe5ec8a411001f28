import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { AccessKey, HeldKey, Keyring } from './keyring.js';

const MOST_KEYS = 100;
const signingKeys = new Map<string, Buffer>();
const ALGORITHM = 'AWS4-HMAC-SHA256';
const HEADER = new RegExp(
  `^${ALGORITHM} Credential=([^/]+)/(\\d{8})/([^/]+)/([^/]+)/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$`,
);

export type Signed = { readonly region: string; readonly key: HeldKey };
/** `stranger`: also a key whose session token is missing or another one's; each service has words of its own for these. */
export type NotSigned = 'unsigned' | 'stranger' | 'mismatch' | 'expired';

/**
 * Who signed a request, and for which Region.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
 */
export function authenticate(
  request: IncomingMessage,
  body: Buffer,
  service: string,
  keyring: Keyring,
): Signed | NotSigned {
  const header = request.headers.authorization;
  if (header === undefined) return 'unsigned';
  const [, accessKeyId = '', day = '', region = '', named = '', signedHeaders = '', signature = ''] =
    HEADER.exec(header) ?? [];
  const key = keyring.find(accessKeyId);
  if (key === undefined) return 'stranger';
  const scope = `${day}/${region}/${service}/aws4_request`;
  const toSign = [
    ALGORITHM,
    request.headers['x-amz-date'],
    scope,
    sha256(canonical(request, signedHeaders, body)),
  ];
  const expected = hmac(signingKey(key, day, region, service), toSign.join('\n'));
  if (named !== service || !timingSafeEqual(expected, Buffer.from(signature, 'hex'))) return 'mismatch';
  if (request.headers['x-amz-security-token'] !== ('sessionToken' in key ? key.sessionToken : undefined)) {
    return 'stranger';
  }
  return 'expiresAt' in key && key.expiresAt <= Date.now() ? 'expired' : { region, key };
}

/** The same for a whole day, and asked for with every request. */
function signingKey({ secretAccessKey }: AccessKey, day: string, region: string, service: string): Buffer {
  const name = `${secretAccessKey} ${day} ${region} ${service}`;
  const known = signingKeys.get(name);
  if (known) return known;
  const made = [day, region, service, 'aws4_request'].reduce<Buffer>(
    hmac,
    Buffer.from(`AWS4${secretAccessKey}`),
  );
  if (signingKeys.size >= MOST_KEYS) signingKeys.clear();
  signingKeys.set(name, made);
  return made;
}

/** Every service but S3 has each part of the path encoded once more. */
function canonical(request: IncomingMessage, signedHeaders: string, body: Buffer): string {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'https://sandbox');
  const path = pathname.split('/').map(encoded).join('/');
  const query = [...searchParams]
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .toSorted()
    .join('&');
  const headers = signedHeaders
    .split(';')
    .map((name) => `${name}:${String(request.headers[name]).trim().replaceAll(/ +/g, ' ')}\n`);
  return [request.method, path, query, headers.join(''), signedHeaders, sha256(body)].join('\n');
}

function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

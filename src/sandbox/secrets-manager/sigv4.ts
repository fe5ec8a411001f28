import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { AwsError } from './aws-error.js';

export type AccessKey = { readonly accessKeyId: string; readonly secretAccessKey: string };

const MOST_KEYS = 100;
const signingKeys = new Map<string, Buffer>();
const ALGORITHM = 'AWS4-HMAC-SHA256';
const HEADER = new RegExp(
  `^${ALGORITHM} Credential=([^/]+)/(\\d{8})/([^/]+)/secretsmanager/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$`,
);

/**
 * Checks the signature of a request and returns the Region that it was signed for.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
 */
export function authenticate(request: IncomingMessage, body: Buffer, key: AccessKey): string {
  const header = request.headers.authorization;
  if (header === undefined) {
    throw new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token');
  }
  const [, accessKeyId, day = '', region = '', signedHeaders = '', signature = ''] =
    HEADER.exec(header) ?? [];
  if (accessKeyId !== key.accessKeyId) {
    throw new AwsError(
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
    );
  }
  const scope = `${day}/${region}/secretsmanager/aws4_request`;
  const toSign = [
    ALGORITHM,
    request.headers['x-amz-date'],
    scope,
    sha256(canonical(request, signedHeaders, body)),
  ];
  const expected = hmac(signingKey(key, day, region), toSign.join('\n'));
  if (!timingSafeEqual(expected, Buffer.from(signature, 'hex'))) {
    throw new AwsError(
      'InvalidSignatureException',
      'The request signature we calculated does not match the signature you provided.',
    );
  }
  return region;
}

/** The same for a whole day, and asked for with every request. */
function signingKey({ secretAccessKey }: AccessKey, day: string, region: string): Buffer {
  const name = `${secretAccessKey} ${day} ${region}`;
  const known = signingKeys.get(name);
  if (known) return known;
  const made = [day, region, 'secretsmanager', 'aws4_request'].reduce<Buffer>(
    hmac,
    Buffer.from(`AWS4${secretAccessKey}`),
  );
  if (signingKeys.size >= MOST_KEYS) signingKeys.clear();
  signingKeys.set(name, made);
  return made;
}

/** The API has one path and no query. */
function canonical(request: IncomingMessage, signedHeaders: string, body: Buffer): string {
  const headers = signedHeaders
    .split(';')
    .map((name) => `${name}:${String(request.headers[name]).trim().replaceAll(/ +/g, ' ')}\n`);
  return [request.method, '/', '', headers.join(''), signedHeaders, sha256(body)].join('\n');
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

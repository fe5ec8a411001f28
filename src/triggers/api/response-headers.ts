import { z } from 'zod';
import { ApprovalView, Started } from './answers/index.js';
import { isRaw, type Operation } from './operations/operation.js';

/** Headers of answers, by which a client goes on. */
const header = (id: string, description: string) =>
  z.string().optional().meta({ header: { id, description } });

const location = header(
  'Location',
  'Where the run or the approval is: that was started or asked for, or that stands in the way.',
);
const link = header('Link', 'With `rel="next"`, where there are more (RFC 8288).');
const etag = header('ETag', 'For `If-None-Match` (RFC 9110).');
const limits = {
  ratelimit: header('RateLimit', 'How many requests are left, and for how many seconds.'),
  'ratelimit-policy': header(
    'RateLimit-Policy',
    'How many requests a caller may send (draft-ietf-httpapi-ratelimit-headers).',
  ),
};

const requestId = header('X-Request-Id', 'The `traceId` of the problem; every other answer has one too.');

/** Of an answer as it is wished for. */
export function headersOf({ answer, method, query, scope, status, isLink }: Operation) {
  const isAsked = answer === ApprovalView && status === 201;
  const isPaged = query !== undefined && ('limit' in query.shape || 'cursor' in query.shape);
  const said = {
    ...((answer === Started || isAsked) && { location }),
    ...(isPaged && { link }),
    ...((method === 'GET' || answer === ApprovalView) && answer && (!isRaw(answer) || isLink) && { etag }),
    ...(scope !== null && scope !== 'delivery' && limits),
  };
  return Object.keys(said).length === 0 ? {} : { headers: z.object(said) };
}

/** Of a refusal or a failure. */
export const problemHeaders = z.object({
  location,
  'retry-after': header('Retry-After', 'In how many seconds to ask again.'),
  'x-request-id': requestId,
  'www-authenticate': header('WWW-Authenticate', 'Which kind of token is missing.'),
  ...limits,
});

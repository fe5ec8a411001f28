import type { Reply } from './reply.js';
import type { AnswerEffect } from './faults.js';

type Injected = { readonly reply: Reply; readonly acted: boolean };

/** The answer that a fault gives in place of the server's own, where it gives one. */
export function answerWith(
  effect: AnswerEffect,
  errorReply: (status: number) => Reply,
): Injected | undefined {
  if (effect.kind === 'status') {
    return {
      reply: withRetryAfter(errorReply(effect.status), effect.retryAfter),
      acted: effect.acted ?? false,
    };
  }
  if (effect.kind === 'html') return { reply: htmlPage(effect.status), acted: effect.acted ?? false };
  if (effect.kind === 'redirect') {
    return { reply: { status: 302, headers: { location: effect.location }, body: '' }, acted: false };
  }
  return undefined;
}

/** The same answer with each `secret_token` taken out, or with everything where it has none. */
export function outOfShape(reply: Reply): Reply {
  if (reply.body === '') return reply;
  let hasToken = false;
  const body = JSON.stringify(JSON.parse(reply.body), (key, value: unknown) => {
    hasToken ||= key === 'secret_token';
    return key === 'secret_token' ? undefined : value;
  });
  return { ...reply, body: hasToken ? body : '{}' };
}

function withRetryAfter(reply: Reply, retryAfter: string | undefined): Reply {
  return retryAfter === undefined
    ? reply
    : { ...reply, headers: { ...reply.headers, 'retry-after': retryAfter } };
}

function htmlPage(status: 200 | 502): Reply {
  const title = status === 502 ? '502 Bad Gateway' : 'Scheduled maintenance';
  const body = `<html><head><title>${title}</title></head><body><center><h1>${title}</h1></center></body></html>\n`;
  return { status, headers: { 'content-type': 'text/html' }, body };
}

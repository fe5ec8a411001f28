import type { IncomingHttpHeaders } from 'node:http';

/** An answer that arrived whole: JSON, or no body at all (`json` is undefined). Any status but 3xx. */
export type HttpReply = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly json: unknown;
};

/** Who was asked for what. No query, since it may hold a secret. */
export type Site = {
  readonly host: string;
  /** "POST /api/v1/deployments/_search" */
  readonly operation: string;
};

export type ParsedBody =
  | { readonly kind: 'json'; readonly json: unknown }
  | { readonly kind: 'empty' }
  | { readonly kind: 'not_json'; readonly found: string }
  | { readonly kind: 'malformed' };

/** By content type, since proxies and load balancers answer with pages of their own under any status. */
export function parseBody(contentType: string | undefined, body: string): ParsedBody {
  if (body.trim() === '') return { kind: 'empty' };
  const type = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (!/^application\/([\w.-]+\+)?json$/.test(type)) return { kind: 'not_json', found: nameOf(type) };
  try {
    return { kind: 'json', json: JSON.parse(body) as unknown };
  } catch {
    // The parser's message quotes the body, which may hold a token.
    return { kind: 'malformed' };
  }
}

function nameOf(type: string): string {
  if (type === 'text/html') return 'an HTML page';
  return /^[\w./+-]{1,64}$/.test(type) ? `a body of type ${type}` : 'a body of no known type';
}

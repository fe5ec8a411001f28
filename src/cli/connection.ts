import { problem } from './answered-problem.js';
import { unreachable } from './unreachable.js';
import type { Secret } from '../rotation/secret.js';

/** What is undefined is not asked for. */
export type Query = Readonly<Record<string, string | undefined>>;

/** To the REST API of one service, as one caller. */
export class Connection {
  constructor(
    readonly address: string,
    private readonly token: Secret,
  ) {}

  /** The JSON that it answers. Throws `server_unreachable`, or what the service answered. */
  async ask<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
    const response = await this.send(method, path, body, signal);
    const answer: unknown = await response.json().catch(() => undefined);
    if (response.ok) return answer as T;
    throw problem(response.status, answer ?? {});
  }

  /** All pages of a list, from the first on. Throws as `ask`. */
  async pages<Page extends { readonly next: string | null }>(first: string): Promise<Page[]> {
    const pages: Page[] = [];
    for (let path: string | null = first; path !== null;) {
      const page: Page = await this.ask<Page>('GET', path);
      pages.push(page);
      path = page.next;
    }
    return pages;
  }

  /** Whatever it answers, with whatever status. Throws `server_unreachable`. */
  async send(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
    try {
      return await fetch(`${baseOf(this.address)}${path}`, {
        method,
        redirect: 'error',
        headers: {
          authorization: `Bearer ${this.token.reveal()}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(signal && { signal }),
      });
    } catch (cause) {
      if (signal?.aborted) throw cause;
      throw unreachable(this.address, cause);
    }
  }
}

/** What the paths of the API are appended to: a proxy may have put the service below a path of its own. */
export function baseOf(address: string): string {
  const { origin, pathname } = new URL(address);
  return `${origin}${pathname.replace(/\/+$/, '')}`;
}

export function wordsOf(query: Query): string {
  const given = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) given.set(key, value);
  return given.toString();
}

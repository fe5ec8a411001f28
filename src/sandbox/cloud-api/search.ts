import type { SandboxDeployment } from '../deployment.js';
import type { Reply } from '../reply.js';
import { z } from 'zod';
import { matchesQuery, QueryNotSupported } from './query.js';
import { failedReply, jsonReply, notSupported } from './replies.js';
import { deploymentView } from './views.js';

const Cursor = z.object({ query: z.unknown().optional(), size: z.number(), after: z.string() });
const SearchBody = z.looseObject({
  query: z.unknown().optional(),
  size: z.number().optional(),
  sort: z.unknown().optional(),
  cursor: z.string().optional(),
  from: z.unknown().optional(),
});

type Search = z.infer<typeof Cursor>;
type Page = {
  readonly matched: number;
  readonly deployments: readonly SandboxDeployment[];
  readonly cursor?: string;
};

const SHOWN = { plans: true, logs: false, history: false, template: true };

export function searchDeployments(
  deployments: readonly SandboxDeployment[],
  body: string,
  url: URL,
  pageSize: number,
): Reply {
  try {
    const request = SearchBody.parse(body.trim() === '' ? {} : JSON.parse(body));
    return pageReply(
      findPage(deployments, parse(request, pageSize)),
      url.searchParams.get('minimal_metadata'),
    );
  } catch (error) {
    if (error instanceof QueryNotSupported) return notSupported(error.message);
    if (error instanceof z.ZodError) return notSupported(z.prettifyError(error));
    if (error instanceof SyntaxError)
      return failedReply(400, 'root.invalid_json_request', 'The body is not JSON.');
    throw error;
  }
}

/** With a cursor all other fields are ignored, says the swagger: so it carries them. */
function parse(body: z.infer<typeof SearchBody>, pageSize: number): Search {
  if (body.cursor !== undefined) return decodeCursor(body.cursor);
  if (body.from !== undefined) throw new QueryNotSupported('The sandbox pages by cursor, not by [from].');
  if (!isSortById(body.sort)) throw new QueryNotSupported('The sandbox sorts by [id] only.');
  return { query: body.query, size: Math.min(body.size ?? pageSize, pageSize), after: '' };
}

function isSortById(sort: unknown): boolean {
  if (sort === undefined) return true;
  return ['["id"]', '[{"id":"asc"}]', '[{"id":{"order":"asc"}}]'].includes(JSON.stringify(sort));
}

function findPage(deployments: readonly SandboxDeployment[], { query, size, after }: Search): Page {
  const matched = deployments
    .filter((deployment) => matchesQuery(query, deploymentView(deployment, SHOWN)))
    .toSorted((one, other) => (one.id < other.id ? -1 : 1));
  const page = matched.filter(({ id }) => id > after).slice(0, size);
  const last = page.at(-1);
  // Like a scroll, a full page always offers a next one, which may turn out to be empty.
  const cursor =
    last !== undefined && page.length === size ? encodeCursor({ query, size, after: last.id }) : undefined;
  return { matched: matched.length, deployments: page, ...(cursor === undefined ? {} : { cursor }) };
}

function pageReply({ matched, deployments, cursor }: Page, minimal: string | null): Reply {
  const views = deployments.map((deployment) => deploymentView(deployment, SHOWN));
  const attributes = minimal?.split(',').filter(Boolean) ?? [];
  const body = {
    return_count: views.length,
    match_count: matched,
    ...(attributes.length === 0
      ? { deployments: views }
      : { deployments: [], minimal_metadata: views.map((view) => pick(view, attributes)) }),
    ...(cursor === undefined ? {} : { cursor }),
  };
  return jsonReply(200, body);
}

function pick(view: object, attributes: readonly string[]): object {
  return Object.fromEntries(Object.entries(view).filter(([key]) => attributes.includes(key)));
}

function encodeCursor(search: Search): string {
  return Buffer.from(JSON.stringify(search), 'utf8').toString('base64url');
}

function decodeCursor(cursor: string): Search {
  try {
    return Cursor.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    throw new QueryNotSupported('The cursor is not one that the sandbox gave out.');
  }
}

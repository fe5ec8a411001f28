import Ajv2020 from 'ajv/dist/2020.js';
import { openApiDocument } from '../../../src/triggers/api/openapi.js';
import { allOperations } from '../../../src/triggers/api/operations/index.js';

export type Answered = {
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly type: string;
  readonly body: string;
  /** Names of headers. */
  readonly headers?: readonly string[];
};

/** Those that a client goes on by. */
const OF_THE_API = ['location', 'link', 'retry-after', 'www-authenticate', 'ratelimit', 'ratelimit-policy'];

const document = openApiDocument('0.0.0');
const ajv = new Ajv2020.default({ strict: false, validateFormats: false });
ajv.addSchema({ $id: 'openapi', ...document });

/** Throws where the API has answered what its document does not say, or by an operation that is not in it. */
export function assertDocumented({ method, url, status, type, body, headers = [] }: Answered): void {
  const path = url.split('?')[0] ?? '';
  const operation = allOperations().find((one) => one.method === method && matches(one.path, path));
  const said = `${method} ${path} answered ${status}`;
  const mediaType = type.split(';')[0]?.trim() ?? '';
  if (!operation) {
    if (status === 404 || status === 405 || status === 401) return;
    throw new Error(`${said}, and no operation is documented there`);
  }
  const isProblem = status >= 400;
  const responses = ['paths', operation.path, method.toLowerCase(), 'responses'];
  if (status === 304 && at([...responses, '304']) !== undefined) return;
  if (!isProblem && status !== (operation.status ?? 200))
    throw new Error(`${said}, and ${operation.id} says another`);
  const response = referred([...responses, isProblem ? 'default' : String(status)]);
  const where = [...response, 'content', mediaType, 'schema'];
  const known = Object.keys(at([...response, 'headers']) ?? {});
  const unknown = headers.find((name) => OF_THE_API.includes(name) && !known.includes(name));
  if (unknown !== undefined) throw new Error(`${said} with ${unknown}, which is not documented`);
  const pointer = where.map(escaped).join('/');
  if (at(where) === undefined) throw new Error(`${said} as ${mediaType}, which is not documented`);
  if (!/[/+]json$/.test(mediaType)) return;
  const validate = ajv.getSchema(`openapi#/${pointer}`);
  if (!validate) throw new Error(`no schema at ${pointer}`);
  if (validate(JSON.parse(body))) return;
  throw new Error(`${said}, not as documented: ${ajv.errorsText(validate.errors)}\n${body.slice(0, 500)}`);
}

/** Where it stands that is only named here. */
function referred(path: readonly string[]): readonly string[] {
  const { $ref } = (at(path) ?? {}) as { readonly $ref?: string };
  return $ref === undefined ? path : $ref.split('/').slice(1);
}

function at(path: readonly string[]): unknown {
  return path.reduce<unknown>((part, key) => (part as Record<string, unknown> | undefined)?.[key], document);
}

function matches(path: string, asked: string): boolean {
  return new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`).test(asked);
}

function escaped(part: string): string {
  return encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));
}

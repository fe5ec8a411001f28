/** A query that the sandbox cannot evaluate; the message says which part. */
export class QueryNotSupported extends Error {}

type Node = Readonly<Record<string, unknown>>;
/** What a query is evaluated on: a document, or within `nested` one of its objects, whose fields keep their full path. */
type Scope = { readonly document: unknown; readonly prefix: string };

// Elasticsearch sees the fields of a nested object only through a `nested` query.
const NESTED_PATHS = ['metadata.tags', 'resources.apm', 'resources.integrations_server'];

/**
 * The part of the swagger's QueryContainer that clients are known to send: tags as in elastic/terraform-provider-ec
 * ec/ecdatasource/deploymentsdatasource/expanders.go, resources as in elastic/cloud-sdk-go pkg/plan/lookup_query.go.
 */
export function matchesQuery(query: unknown, document: unknown): boolean {
  return query === undefined || evaluate(query, { document, prefix: '' });
}

function evaluate(query: unknown, scope: Scope): boolean {
  const clauses = Object.entries(asNode(query, 'query'));
  const [clause] = clauses;
  if (clause === undefined || clauses.length > 1) {
    throw new QueryNotSupported(`A query holds exactly one clause, this one has ${clauses.length}.`);
  }
  const [name, body] = clause;
  const evaluator = CLAUSES[name];
  if (evaluator === undefined)
    throw new QueryNotSupported(`The sandbox does not evaluate a query by [${name}].`);
  return evaluator(asNode(body, name), scope);
}

const CLAUSES: Readonly<Record<string, (body: Node, scope: Scope) => boolean>> = {
  match_all: () => true,
  match_none: () => false,
  term: (body, scope) => onField(body, scope, 'value', (value, wanted) => value === wanted),
  prefix: (body, scope) => onField(body, scope, 'value', (value, wanted) => value.startsWith(wanted)),
  match: (body, scope) => onField(body, scope, 'query', sharesAWord),
  exists: (body, scope) => valuesAt(scope, String(body['field'])).length > 0,
  bool: evaluateBool,
  nested: evaluateNested,
};

function onField(
  body: Node,
  scope: Scope,
  key: string,
  test: (value: string, wanted: string) => boolean,
): boolean {
  const [field, condition] = Object.entries(body)[0] ?? [];
  if (field === undefined) throw new QueryNotSupported('A condition names no field.');
  const wanted = String(typeof condition === 'object' ? asNode(condition, field)[key] : condition);
  return valuesAt(scope, field).some((value) => test(String(value), wanted));
}

/** A full-text field: split into words, lower case, one in common is enough. */
function sharesAWord(value: string, wanted: string): boolean {
  const known = new Set(words(value));
  return words(wanted).some((word) => known.has(word));
}

function words(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
}

function evaluateBool(body: Node, scope: Scope): boolean {
  const { must, filter, should, must_not: mustNot } = body;
  const required = [...asList(must), ...asList(filter)];
  const optional = asList(should);
  return (
    required.every((query) => evaluate(query, scope)) &&
    !asList(mustNot).some((query) => evaluate(query, scope)) &&
    (optional.length === 0 || required.length > 0 || optional.some((query) => evaluate(query, scope)))
  );
}

function evaluateNested(body: Node, scope: Scope): boolean {
  const path = String(body['path']);
  if (!NESTED_PATHS.includes(path))
    throw new QueryNotSupported(`The sandbox knows no nested objects at [${path}].`);
  const objects = read(scope.document, path.split('.'));
  return objects.some((document) => evaluate(body['query'], { document, prefix: `${path}.` }));
}

function valuesAt({ document, prefix }: Scope, field: string): unknown[] {
  const path = field.replace(/\.keyword$/, '');
  if (prefix !== '')
    return path.startsWith(prefix) ? read(document, path.slice(prefix.length).split('.')) : [];
  return NESTED_PATHS.some((nested) => path.startsWith(`${nested}.`)) ? [] : read(document, path.split('.'));
}

function read(value: unknown, path: readonly string[]): unknown[] {
  if (Array.isArray(value)) return value.flatMap((item) => read(item, path));
  const [key, ...rest] = path;
  if (key === undefined) return value === undefined ? [] : [value];
  return isNode(value) ? read(value[key], rest) : [];
}

function asNode(value: unknown, name: string): Node {
  if (!isNode(value)) throw new QueryNotSupported(`[${name}] is not an object.`);
  return value;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asList(value: unknown): unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

import { z, type ZodType } from 'zod';
import { createDocument, type CreateDocumentOptions, type ZodOpenApiOperationObject } from 'zod-openapi';
import { Problem } from './answers/index.js';
import { allOperations } from './operations/index.js';
import { isRaw, type Operation } from './operations/operation.js';
import { headersOf, problemHeaders } from './response-headers.js';

type Described = ReturnType<typeof allOperations>[number];

/** What the whole API is, as OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.1.html), made from its operations alone. */
export function openApiDocument(version: string) {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const operation of allOperations())
    (paths[operation.path] ??= {})[operation.method.toLowerCase()] = describe(operation);
  return createDocument(
    {
      openapi: '3.1.1',
      info: {
        title: 'Rotor',
        version,
        description:
          'Rotates the secret token of Elastic APM. No operation ever answers with the value of a token.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      paths,
      components: {
        securitySchemes: {
          delivery: {
            type: 'http',
            scheme: 'bearer',
            description: '`data.callback.token` of the event that named the address.',
          },
          token: {
            type: 'http',
            scheme: 'bearer',
            description: 'An API token of Rotor, or a JWT of an issuer that the config names.',
          },
        },
      },
    },
    PLAIN_TIMES,
  );
}

/** The pattern beside `format: date-time` says the same in 250 characters. */
const PLAIN_TIMES: CreateDocumentOptions = {
  override: ({ jsonSchema }) => {
    if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
  },
};

function describe(operation: Described): ZodOpenApiOperationObject {
  const { id, scope, orScope, summary, query, headers, body, bodyAs, status = 200, answer, path } = operation;
  return {
    operationId: id,
    summary,
    ...securityOf(scope, orScope),
    requestParams: {
      ...(path.includes('{') && { path: parametersIn(path) }),
      ...(query && { query }),
      ...(headers && { header: headersIn(headers) }),
    },
    ...(body && { requestBody: { content: { 'application/json': { schema: body } } } }),
    ...(bodyAs !== undefined && { requestBody: { content: { [bodyAs]: { schema: { type: 'string' } } } } }),
    responses: {
      [status]: { ...answered(answer), ...headersOf(operation) },
      ...(operation.method === 'GET' && answer && (!isRaw(answer) || operation.isLink) && { 304: UNCHANGED }),
      default: failed(operation),
    },
  };
}

function securityOf(
  scope: Operation['scope'],
  orScope: Operation['orScope'],
): Pick<ZodOpenApiOperationObject, 'security' | 'description'> {
  if (scope === null) return { security: [] };
  if (scope === 'delivery')
    return { security: [{ delivery: [] }], description: 'Needs the token that came with the delivery.' };
  const scopes = [scope, orScope].filter((one) => one !== undefined);
  return {
    security: [{ token: [] }],
    description: `Needs the scope ${scopes.map((one) => `\`${one}\``).join(' or ')}.`,
  };
}

function parametersIn(path: string) {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');
  return z.object(Object.fromEntries(names.map((name) => [name, z.string()])));
}

function headersIn(headers: Readonly<Record<string, string>>) {
  const optional = Object.entries(headers).map(([name, text]) => [
    name,
    z.string().optional().describe(text),
  ]);
  return z.object(Object.fromEntries(optional) as Record<string, ZodType>);
}

function answered(answer: Operation['answer']) {
  if (answer === null) return { description: 'Done.' };
  if (isRaw(answer))
    return {
      description: answer.description,
      content: { ...anyOf(answer.mediaType), ...(answer.alsoAs !== undefined && anyOf(answer.alsoAs)) },
    };
  return { description: 'The answer.', content: { 'application/json': { schema: answer } } };
}

const UNCHANGED = { description: 'What `If-None-Match` names is still so (RFC 9110).' };

const PROBLEM = {
  description: 'It was refused, or failed.',
  headers: problemHeaders,
  content: { 'application/problem+json': { schema: Problem } },
};
/** One object, by which the document knows that it is the same everywhere. */
const NAMED_PROBLEM = { id: 'Problem', ...PROBLEM };

function failed({ failsAs }: Operation) {
  if (failsAs === undefined) return NAMED_PROBLEM;
  return { ...PROBLEM, content: { ...PROBLEM.content, ...anyOf(failsAs) } };
}

function anyOf(mediaType: string) {
  return { [mediaType]: { schema: {} } };
}

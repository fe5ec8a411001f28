import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Ajv, type ValidateFunction } from 'ajv';
import { z } from 'zod';

const parameter = z.looseObject({
  name: z.string(),
  in: z.enum(['path', 'query', 'body', 'header']),
  required: z.boolean().optional(),
  type: z.string().optional(),
  schema: z.unknown().optional(),
});
const operation = z.looseObject({
  operationId: z.string(),
  parameters: z.array(parameter).optional(),
  responses: z.record(z.string(), z.looseObject({ schema: z.unknown().optional() })),
});
const document = z.looseObject({
  basePath: z.string(),
  paths: z.record(z.string(), z.record(z.string(), operation)),
  definitions: z.record(z.string(), z.unknown()),
});

type Operation = z.output<typeof operation>;

export type SentRequest = {
  readonly method: string;
  /** Without the base path. */
  readonly path: string;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
};

/** Faults as sentences; none where it is as published. */
export type Faults = readonly string[];

/** A Swagger 2.0 document, read strictly: what it does not name is a fault, definitions marked `x-pruned` aside. */
export class Swagger {
  readonly #document: z.output<typeof document>;
  readonly #ajv: Ajv;
  readonly #validators = new Map<string, ValidateFunction>();

  constructor(folder: string, file: string) {
    this.#document = document.parse(JSON.parse(readFileSync(join(folder, file), 'utf8')));
    this.#ajv = new Ajv({ strict: false, allErrors: true, formats: FORMATS });
    this.#ajv.addSchema({ $id: 'swagger', definitions: close(this.#document.definitions) });
  }

  operations(): string[] {
    return Object.values(this.#document.paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
  }

  statuses(operationId: string): number[] {
    return Object.keys(this.#named(operationId).responses).map(Number);
  }

  requestFaults(request: SentRequest): { operationId: string; faults: Faults } {
    const found = this.#match(request);
    if (found === undefined)
      return { operationId: 'none', faults: [`${request.method} ${request.path} is not published`] };
    const { operationId, parameters = [] } = found;
    const declared = new Map(
      parameters.filter((one) => one.in === 'query').map((one) => [one.name, one.type]),
    );
    const queries = Object.entries(request.query).flatMap(([name, value]) => {
      if (!declared.has(name)) return [`query ${name} is not published`];
      return typeof value === declared.get(name) ? [] : [`query ${name} is not a ${declared.get(name)}`];
    });
    return { operationId, faults: [...queries, ...this.#bodyFaults(found, request)] };
  }

  replyFaults(operationId: string, status: number, body: unknown): Faults {
    const response = this.#named(operationId).responses[status];
    if (response === undefined) return [`${operationId} does not publish status ${status}`];
    return this.#check(`${operationId} ${status}`, response.schema, body);
  }

  #bodyFaults({ operationId, parameters = [] }: Operation, { body }: SentRequest): Faults {
    const published = parameters.find((one) => one.in === 'body');
    if (published === undefined) return body === undefined ? [] : ['a body is not published'];
    if (body === undefined) return published.required ? ['the body is required'] : [];
    return this.#check(`${operationId} request`, published.schema, body);
  }

  #check(name: string, schema: unknown, value: unknown): Faults {
    const validate = this.#validators.get(name) ?? this.#ajv.compile(close(pointedAt(schema)));
    this.#validators.set(name, validate);
    validate(value);
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath || '/'} ${message} ${JSON.stringify(params)}`,
    );
  }

  #match({ method, path }: SentRequest): Operation | undefined {
    for (const [template, methods] of Object.entries(this.#document.paths)) {
      const pattern = new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
      const found = methods[method.toLowerCase()];
      if (found !== undefined && pattern.test(path)) return found;
    }
    return undefined;
  }

  #named(operationId: string): Operation {
    for (const methods of Object.values(this.#document.paths)) {
      for (const one of Object.values(methods)) if (one.operationId === operationId) return one;
    }
    throw new Error(`${operationId} is not published`);
  }
}

const FORMATS = {
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/,
  int32: true,
  int64: true,
  double: true,
  float: true,
} as const;

function pointedAt(schema: unknown): unknown {
  return JSON.parse(
    JSON.stringify(schema).replaceAll('"#/definitions/', '"swagger#/definitions/'),
  ) as unknown;
}

/**
 * Nothing but what is named may be there. An object without properties stands for anything: the generator of this
 * document writes `interface{}` so, and elastic/terraform-provider-ec sends such a one as text (`sort: ["id"]`).
 */
function close(schema: unknown): object {
  const closed = closeNode(schema);
  if (typeof closed !== 'object' || closed === null) throw new Error('a schema was expected');
  return closed;
}

function closeNode(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closeNode);
  if (!isRecord(node)) return node;
  if (node['x-pruned'] === true || isAnything(node)) return {};
  const closed = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, closeNode(value)]));
  return isRecord(node['properties']) ? { additionalProperties: false, ...closed } : closed;
}

function isAnything(node: Record<string, unknown>): boolean {
  return (
    node['type'] === 'object' && !isRecord(node['properties']) && node['additionalProperties'] === undefined
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

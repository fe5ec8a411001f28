import { readFileSync } from 'node:fs';
import { Ajv, type ErrorObject } from 'ajv';
import { z } from 'zod';

type Json = Record<string, unknown>;
const Swagger = z.object({
  paths: z.record(z.string(), z.unknown()),
  definitions: z.record(z.string(), z.unknown()),
});

const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** Validates bodies against a published swagger 2.0, closed: a property that it does not name is an error. */
export function createSwagger(file: string): {
  errorsOf(operationId: string, status: number, body: unknown): string[];
} {
  const swagger = Swagger.parse(JSON.parse(readFileSync(file, 'utf8')));
  const ajv = new Ajv({ strict: false, allErrors: true });
  ajv.addFormat('date-time', DATE_TIME);
  for (const format of ['int32', 'int64', 'float', 'double']) ajv.addFormat(format, true);
  ajv.addSchema({ $id: 'swagger', definitions: close(swagger.definitions) });
  return {
    errorsOf(operationId, status, body) {
      const schema = responseSchema(swagger.paths, operationId, status);
      if (schema === undefined) return [`${operationId} documents no status ${status}`];
      const validate = ajv.compile({ $ref: `swagger${schema}` });
      return validate(body) ? [] : (validate.errors ?? []).map(describeError);
    },
  };
}

function responseSchema(paths: Json, operationId: string, status: number): string | undefined {
  for (const operation of Object.values(paths).flatMap((path) => (isJson(path) ? Object.values(path) : []))) {
    if (!isJson(operation) || operation['operationId'] !== operationId || !isJson(operation['responses']))
      continue;
    const response = operation['responses'][String(status)];
    const schema = isJson(response) ? response['schema'] : undefined;
    return isJson(schema) ? String(schema['$ref']) : undefined;
  }
  return undefined;
}

function close(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(close);
  if (!isJson(schema)) return schema;
  const closed = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, close(value)]));
  const names = isJson(schema['properties']) && !('additionalProperties' in schema);
  return names && schema['type'] === 'object' ? { ...closed, additionalProperties: false } : closed;
}

function describeError({ instancePath, message, params }: ErrorObject): string {
  return `${instancePath} ${message ?? ''} ${JSON.stringify(params)}`;
}

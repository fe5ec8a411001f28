import type { z } from 'zod';
import { AwsFailure } from './failure.js';

/** The members that the sandbox reads, with the bounds of the service's published model; others are ignored. */
export function parsed<T>(schema: z.ZodType<T>, body: unknown, error = 'InvalidParameterException'): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new AwsFailure(error, problems.join('; '));
}

/** The body of a request; an empty one is an object without members. */
export function jsonIn(raw: Buffer): unknown {
  if (raw.length === 0) return {};
  try {
    return JSON.parse(raw.toString('utf8'));
  } catch {
    throw new AwsFailure('SerializationException', 'The request body is not JSON.');
  }
}

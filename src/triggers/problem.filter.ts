import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import { Catch, HttpException, Inject } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Code } from '../rotation/errors.js';
import { RotorError } from '../rotation/errors.js';
import { fieldOf } from '../config/plain.js';
import { LOG } from '../tokens.js';
import { problemOf } from './problem.js';

type Reply = {
  status(code: number): Reply;
  header(name: string, value: string): Reply;
  send(body: unknown): void;
};

const BY_STATUS: Partial<Record<number, Code>> = {
  400: 'request_invalid',
  404: 'not_found',
  413: 'body_too_large',
  415: 'media_type_unsupported',
};

/** The one map from anything thrown to an answer: RFC 9457 problem details. What was not expected stays inside. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@Inject(LOG) private readonly log: Logger) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const error = this.#translate(thrown);
    const reply = host.switchToHttp().getResponse<Reply>();
    if (error.runId !== undefined) reply.header('location', `/v1/runs/${error.runId}`);
    if (error.retryAfterMs !== undefined)
      reply.header('retry-after', String(Math.ceil(error.retryAfterMs / 1_000)));
    if (error.code === 'unauthenticated') reply.header('www-authenticate', 'Bearer');
    reply.status(error.httpStatus).header('content-type', 'application/problem+json').send(problemOf(error));
  }

  #translate(thrown: unknown): RotorError {
    if (thrown instanceof RotorError) return thrown;
    if (thrown instanceof HttpException) {
      const code = BY_STATUS[thrown.getStatus()];
      if (code) return new RotorError(code, thrown.message, hintFor(code));
    }
    const code = BY_STATUS[statusOf(thrown)];
    if (code) return new RotorError(code, wordsOf(thrown), hintFor(code));
    this.log.error({ err: thrown }, 'a request failed unexpectedly');
    return new RotorError('internal', 'something went wrong that Rotor did not expect; its log says what');
  }
}

const HINTS: Partial<Record<Code, string>> = {
  body_too_large: 'A request has 64 KiB at the most.',
  media_type_unsupported: 'Send JSON, with `content-type: application/json`.',
};

function hintFor(code: Code): { hint?: string } {
  const hint = HINTS[code];
  return hint === undefined ? {} : { hint };
}

/** Of what Fastify refuses before a controller sees it. */
function statusOf(thrown: unknown): number {
  const status = fieldOf(thrown, 'statusCode');
  return typeof status === 'number' ? status : 0;
}

function wordsOf(thrown: unknown): string {
  const words = fieldOf(thrown, 'message');
  return typeof words === 'string' ? words : 'the request could not be read';
}

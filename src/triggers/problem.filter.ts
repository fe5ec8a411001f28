import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import { Catch, HttpException, Inject } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Code } from '../rotation/errors.js';
import { RotorError } from '../rotation/errors.js';
import { fieldOf } from '../config/plain.js';
import { BASE_URL, LOG } from '../tokens.js';
import { problemOf } from './problem.js';
import { allowedAt, unknownRoute } from './unknown-route.js';

type Request = {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  readonly routeOptions: { readonly url?: string | undefined };
};
type Reply = {
  status(code: number): Reply;
  header(name: string, value: string): Reply;
  send(body: unknown): void;
};

const NOT_FOUND = 404;
const SERVER_ERROR = 500;

const BY_STATUS: Partial<Record<number, Code>> = {
  400: 'request_invalid',
  404: 'not_found',
  413: 'body_too_large',
  415: 'media_type_unsupported',
};

/** The one map from anything thrown to an answer: RFC 9457 problem details. What was not expected stays inside. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    @Inject(LOG) private readonly log: Logger,
    @Inject(BASE_URL) private readonly baseUrl: string,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const error = this.#translate(thrown, request);
    this.#tell(error, request);
    const reply = http.getResponse<Reply>();
    const { runId, approvalId } = error;
    if (approvalId !== undefined) reply.header('location', `/v1/approvals/${approvalId}`);
    if (runId !== undefined) reply.header('location', `/v1/runs/${runId}`);
    if (error.retryAfterMs !== undefined)
      reply.header('retry-after', String(Math.ceil(error.retryAfterMs / 1_000)));
    if (error.code === 'unauthenticated') reply.header('www-authenticate', 'Bearer');
    if (error.code === 'method_not_allowed') reply.header('allow', allowedAt(request.url).join(', '));
    const body = problemOf(error, { baseUrl: this.baseUrl, traceId: request.id });
    reply.status(error.httpStatus).header('content-type', 'application/problem+json').send(body);
  }

  /** What is the caller's own fault is of interest to whoever looks for it. */
  #tell(error: RotorError, { id, method, routeOptions: { url = 'none' } }: Request): void {
    const fields = {
      event: { action: 'request.refused' },
      trace: { id },
      http: { request: { method }, response: { status_code: error.httpStatus } },
      labels: { route: url },
      'error.code': error.code,
      'error.message': error.message,
    };
    this.log[error.httpStatus >= SERVER_ERROR ? 'warn' : 'debug'](fields, 'a request was refused, or failed');
  }

  #translate(thrown: unknown, request: Request): RotorError {
    if (thrown instanceof RotorError) return thrown;
    if (thrown instanceof HttpException) {
      const isAtRoute = request.routeOptions.url !== undefined;
      if (!isAtRoute && thrown.getStatus() === NOT_FOUND) return unknownRoute(request);
      const code = BY_STATUS[thrown.getStatus()];
      if (code) return new RotorError(code, thrown.message, hintFor(code));
    }
    const code = BY_STATUS[statusOf(thrown)];
    if (code) return new RotorError(code, wordsOf(thrown), hintFor(code));
    this.log.error({ err: thrown, trace: { id: request.id } }, 'a request failed unexpectedly');
    return new RotorError(
      'internal',
      `something went wrong that Rotor did not expect; its log says what, with trace.id ${request.id}`,
    );
  }
}

const HINTS: Partial<Record<Code, string>> = {
  body_too_large: 'A request has 64 KiB at the most, a config to validate 1 MiB.',
  media_type_unsupported:
    'Send JSON, with `content-type: application/json`; a config to validate as YAML, with `application/yaml`.',
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

import type { IncomingMessage } from 'node:http';
import { PassThrough, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { StringDecoder } from 'node:string_decoder';
import { constants, createGunzip, createInflate } from 'node:zlib';
import { z } from 'zod';

/** What a stream of events held, as far as it was read. */
export type IntakeBody = {
  readonly events: number;
  readonly byType: Record<string, number>;
  readonly errors: IntakeError[];
  readonly service?: string;
  readonly agentName?: string;
  readonly node?: string;
  /** The client went away before the end. */
  readonly aborted: boolean;
};
export type IntakeError = { readonly message: string; readonly document: string };

type Counted = { -readonly [K in keyof IntakeBody]: IntakeBody[K] };
const Metadata = z.object({
  metadata: z.object({
    service: z
      .object({
        name: z.string().optional(),
        agent: z.object({ name: z.string().optional() }).optional(),
        node: z.object({ configured_name: z.string().nullish() }).nullish(),
      })
      .optional(),
  }),
});

/**
 * What Go's net/http reads of a body that its handler left, before the answer's first line goes out
 * (https://pkg.go.dev/net/http, maxPostHandlerReadBytes in src/net/http/server.go): a client whose request stays open
 * for 10 s hears of a refusal after 10 s.
 */
export const DRAIN_LIMIT_BYTES = 256 * 1024;

const EVENT_TYPES = new Set(['transaction', 'span', 'error', 'metricset', 'log']);

/** Reads up to `limitBytes` as they come over the wire; never fails on what the client sent. */
export async function readIntake(request: IncomingMessage, limitBytes: number): Promise<IntakeBody> {
  const counted: Counted = { events: 0, byType: {}, errors: [], aborted: false };
  const chunks = wireChunks(request, limitBytes);
  try {
    const first = await chunks.next();
    if (first.done === true) return counted;
    const decoder = decoderFor(request.headers['content-encoding'], first.value);
    await pipeline(rejoin(first.value, chunks), decoder, async (decoded) => countLines(decoded, counted));
  } catch (error) {
    if (request.complete) counted.errors.push({ message: messageOf(error), document: '' });
    else counted.aborted = true;
  }
  return counted;
}

/** True where Go would not even try to drain: the rest is known to be larger than it is willing to read. */
export function isTooLargeToDrain(request: IncomingMessage): boolean {
  return Number(request.headers['content-length'] ?? 0) >= DRAIN_LIMIT_BYTES;
}

async function* wireChunks(request: IncomingMessage, limitBytes: number): AsyncGenerator<Buffer, void> {
  let seen = 0;
  // Stopping early must not destroy the connection: the answer still has to go out on it.
  const chunks: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false });
  for await (const chunk of chunks) {
    seen += chunk.length;
    yield chunk;
    if (seen > limitBytes) return;
  }
}

async function* rejoin(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  yield first;
  yield* rest;
}

/** elastic/apm-server internal/beater/request/context.go decodeRequestBody: by header, else by the first two bytes. */
function decoderFor(encoding: string | undefined, first: Buffer): Transform {
  // A body that was drained in part ends in the middle of a compressed block; what came before it still counts.
  const lenient = { finishFlush: constants.Z_SYNC_FLUSH };
  if (encoding === 'gzip' || (first[0] === 0x1f && first[1] === 0x8b)) return createGunzip(lenient);
  if (encoding === 'deflate' || ((first[0] ?? 0) & 0x0f) === 8) return createInflate(lenient);
  return new PassThrough();
}

async function countLines(decoded: AsyncIterable<Buffer>, counted: Counted): Promise<void> {
  const text = new StringDecoder('utf8');
  let rest = '';
  let state: 'metadata' | 'events' | 'given up' = 'metadata';
  const count = (line: string): void => {
    if (line.trim() === '' || state === 'given up') return;
    if (state === 'events') countEvent(line, counted);
    else state = readMetadata(line, counted) ? 'events' : 'given up';
  };
  for await (const chunk of decoded) {
    const lines = (rest + text.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) count(line);
  }
  count(rest + text.end());
}

/** Texts: elastic/apm-data input/elasticapm/processor.go */
function readMetadata(line: string, counted: Counted): boolean {
  if (eventType(line) !== 'metadata') {
    const message = 'cannot read metadata in stream: "metadata" or "m" required';
    counted.errors.push({ message, document: line });
    return false;
  }
  const { name, agent, node } = parseMetadata(line)?.service ?? {};
  if (name !== undefined) counted.service = name;
  if (agent?.name !== undefined) counted.agentName = agent.name;
  if (typeof node?.configured_name === 'string') counted.node = node.configured_name;
  return true;
}

/** Nothing at all where it is not what an agent sends: the ledger then names nobody. */
function parseMetadata(line: string): z.infer<typeof Metadata>['metadata'] | undefined {
  try {
    return Metadata.parse(JSON.parse(line)).metadata;
  } catch {
    return undefined;
  }
}

function countEvent(line: string, counted: Counted): void {
  const type = eventType(line);
  if (!EVENT_TYPES.has(type)) {
    counted.errors.push({ message: `did not recognize object type: "${type}"`, document: line });
    return;
  }
  counted.events += 1;
  counted.byType[type] = (counted.byType[type] ?? 0) + 1;
}

/** The first key of the line, as upstream finds it: without parsing. */
function eventType(line: string): string {
  return /"([^"]*)"/.exec(line)?.[1] ?? '';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

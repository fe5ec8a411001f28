import type { ServerResponse } from 'node:http';
import { sendSlowly } from '../slow-body.js';
import type { Fault } from './faults.js';
import type { Answer } from './request-entry.js';

type FaultAfterActing = Exclude<Fault, { effect: 'cut' | 'silence' }>;

/** The answer on its way back, with what befalls it there. */
export async function deliver(
  response: ServerResponse,
  answer: Answer,
  fault: FaultAfterActing | undefined,
  sleep: (ms: number) => Promise<void>,
): Promise<void> {
  switch (fault?.effect) {
    case 'lost':
      return cut(response);
    case 'truncated':
      writeHead(response, answer).write(answer.body.slice(0, answer.body.length / 2), () => cut(response));
      return undefined;
    case 'slow-body':
      writeHead(response, answer);
      return sendSlowly(response, Buffer.from(answer.body), fault.ms, sleep);
    case 'answer-late':
      await sleep(fault.ms);
      return send(response, answer);
    case 'garbled':
      return send(response, { ...answer, body: `<html>${answer.body}` });
    case 'wrong-schema':
      return send(response, { ...answer, body: '{}' });
    case 'delay':
    case 'error':
    case undefined:
      return send(response, answer);
  }
}

export function send(response: ServerResponse, answer: Answer): void {
  writeHead(response, answer).end(answer.body);
}

export function cut(response: ServerResponse): void {
  response.destroy();
}

function writeHead(response: ServerResponse, { status, error }: Answer): ServerResponse {
  return response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.1',
    ...(error !== undefined && { 'x-amzn-errortype': error }),
  });
}

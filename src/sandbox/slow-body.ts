import type { ServerResponse } from 'node:http';

const PIECES = 10;

/** The head at once, then the body in pieces that take this long together. */
export async function sendSlowly(
  response: ServerResponse,
  body: Buffer,
  ms: number,
  sleep: (ms: number) => Promise<void>,
): Promise<void> {
  response.flushHeaders();
  for (let piece = 0; piece < PIECES; piece += 1) {
    await sleep(ms / PIECES);
    const [from, to] = [piece, piece + 1].map((place) => Math.floor((place * body.length) / PIECES));
    response.write(body.subarray(from, to));
  }
  response.end();
}

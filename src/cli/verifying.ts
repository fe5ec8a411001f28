import type { Problem } from './answered-problem.js';
import type { AuditProgress, AuditReport } from '../journal/journal.js';

type Line = {
  readonly verified?: AuditProgress;
  readonly report?: AuditReport;
  readonly problem?: Problem;
};

/** What a verification has come to; undefined where the service ended before. */
export async function lastOf(
  body: ReadableStream<Uint8Array>,
  told: (sofar: AuditProgress) => void,
): Promise<Line | undefined> {
  let rest = '';
  try {
    for await (const piece of body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + piece).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const said = JSON.parse(line) as Line;
        if (!said.verified) return said;
        told(said.verified);
      }
    }
  } catch {
    // The connection was cut, or something in front of the service has answered.
  }
  return undefined;
}

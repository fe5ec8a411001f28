import { pipeline } from 'node:stream/promises';
import { RotorError } from '../rotation/errors.js';
import type { AuditReport } from '../journal/journal.js';
import { Client } from './client.js';
import { loggedOf } from './counted.js';
import { sinceOf } from './moment.js';
import { noneOf } from './none.js';
import { isJson, show, type Output } from './output.js';
import { periodOf } from './period.js';
import { printNote } from './print.js';

/** Nobody but a person can tell an attack from a mistake, and what was changed is the evidence of it. */
const AFTER_FAULTS =
  'change nothing yet: `rotor backup FILE` keeps the journal as it is now (pg_dump for PostgreSQL). Show it, beside the ' +
  'last backup and the `head` that you noted with it, to whoever answers for security: somebody has written to the ' +
  'journal past Rotor. Then restore a backup from before, or go on: docs/operations.md, "When the audit log does not ' +
  'hold together".';

/** Exit code 0 where the log holds together, 1 where it does not. */
export async function verifyAudit(options: Output): Promise<number> {
  const client = await Client.fromEnvironment();
  const isTold = process.stderr.isTTY && !isJson(options);
  const report = await client.audit(({ runs, entries }) => {
    if (isTold) printNote(`${runs} runs and ${entries} entries so far`);
  });
  const { faults } = report;
  await show(faults.length === 0 ? report : { ...report, next: AFTER_FAULTS }, options, {
    table: () => textOf(report),
    names: () => faults.map(({ run, seq }) => placeOf(run, seq)),
    items: () => faults,
  });
  return faults.length === 0 ? 0 : 1;
}

function textOf(report: AuditReport): string {
  const { head, faults } = report;
  const summary = loggedOf(report);
  if (faults.length === 0)
    return `${summary}: nothing was changed, removed or moved.\nhead ${head ?? 'none'}`;
  const places = faults.map(({ run, seq, what }) => `${placeOf(run, seq)}: ${what}.`);
  return [`${summary}: the log does not hold together.`, ...places, `next: ${AFTER_FAULTS}`].join('\n');
}

const LINE_FEED = 0x0a;

export type ExportOptions = { readonly csv?: boolean; readonly since?: string; readonly period?: string };

/** As it comes, so that a log of years needs no memory. */
export async function exportAudit(
  rotation: string | undefined,
  { csv = false, since, period }: ExportOptions,
): Promise<number> {
  if (since !== undefined && period !== undefined)
    throw new RotorError('request_invalid', 'one of --since and --period is possible; both are given');
  const { from, to } = period === undefined ? {} : periodOf(period);
  const part = {
    rotation,
    from: since === undefined ? from?.toISOString() : sinceOf(since),
    to: to?.toISOString(),
  };
  const client = await Client.fromEnvironment();
  const log = await client.exportAudit({ format: csv ? 'csv' : 'ndjson', ...part });
  let lines = 0;
  const counted = async function* (chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    for await (const chunk of chunks) {
      lines += chunk.filter((byte) => byte === LINE_FEED).length;
      yield chunk;
    }
  };
  await pipeline(log, counted, process.stdout, { end: false });
  const isEmpty = lines <= (csv ? 1 : 0);
  if (isEmpty) {
    const of = rotation === undefined ? '' : ` of ${rotation}`;
    printNote(noneOf(`entries${of} in the audit log`, { since, period }));
  } else if (part.rotation !== undefined || part.from !== undefined)
    printNote(
      'a part of the log, with the hashes of the whole; whether that holds together: rotor audit verify',
    );
  return 0;
}

function placeOf(run: string | null, seq: number | null): string {
  if (run === null) return `act ${seq}`;
  return seq === null ? run : `${run}, entry ${seq}`;
}

import { Option } from 'commander';
import { durationMs, DURATION_EXPECTED } from '../config/duration.js';
import { RotorError } from '../rotation/errors.js';

/** What every command that starts a run takes. */
export type StayOptions = { readonly watch?: boolean; readonly wait?: boolean; readonly timeout?: string };

/** How a command stays with the run that it has started, and for how long at the most. */
export type Stay = { readonly how: 'leave' | 'wait' | 'watch'; readonly withinMs?: number };

export function stayOptions(): Option[] {
  return [
    new Option('--watch', 'show the run until it ends'),
    new Option('--wait', 'wait until it ends, and only then show it; the exit code tells what became of it'),
    new Option('--no-wait', 'return as soon as it is started: the default'),
    new Option('--timeout <duration>', 'with --wait or --watch, at the most: 30s, 10m, 2h; the run goes on'),
  ];
}

/** The longest timer of Node.js. */
const LONGEST = '24d';

/** Throws `request_invalid`: to be asked before anything is started. */
export function stayOf({ watch, wait, timeout }: StayOptions): Stay {
  if (watch && wait !== undefined)
    throw new RotorError(
      'request_invalid',
      'one of --watch, --wait and --no-wait is possible; two are given',
    );
  const how = watch ? 'watch' : wait ? 'wait' : 'leave';
  if (timeout === undefined) return { how };
  if (how === 'leave')
    throw new RotorError('request_invalid', '--timeout says how long to wait; --wait or --watch is missing');
  const withinMs = durationMs(timeout);
  if (withinMs === undefined || withinMs > (durationMs(LONGEST) ?? 0))
    throw new RotorError(
      'request_invalid',
      `--timeout: found "${timeout}", expected ${DURATION_EXPECTED}, up to ${LONGEST}`,
    );
  return { how, withinMs };
}

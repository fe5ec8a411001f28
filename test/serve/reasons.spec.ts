import { expect, it } from '@jest/globals';
import { pino } from 'pino';
import { RotorError } from '../../src/rotation/errors.js';
import { whenItOpens } from '../../src/waiting.js';
import { VirtualClock } from '../fakes/virtual-clock.js';

const address = { host: '127.0.0.1', port: 0 };
const full = new RotorError('journal_unavailable', 'the disk is full', { hint: 'Free some space.' });
const readOnly = new RotorError('journal_unavailable', 'the folder is read-only');

const never = async (): Promise<void> => {
  throw new Error('nobody asked for it to be closed');
};

function waiting(reasons: readonly Error[]) {
  const lines: Record<string, unknown>[] = [];
  const log = pino({}, { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) });
  const left = [...reasons];
  const open = async (): Promise<string> => {
    const why = left.shift();
    if (why) throw why;
    return 'open';
  };
  const deps = { log, clock: new VirtualClock(), signal: new AbortController().signal };
  return { lines, opened: whenItOpens({ open, close: never }, address, deps) };
}

it('logs why it waits once for each change of the reason, however often it tries', async () => {
  const { lines, opened } = waiting([full, full, full, readOnly, readOnly, full]);
  expect(await opened).toMatchObject({ opened: 'open', address: { host: '127.0.0.1' } });
  expect(lines.map((line) => line['error.message'])).toEqual([full.message, readOnly.message, full.message]);
  expect(lines[0]).toMatchObject({ 'error.code': 'journal_unavailable', next: 'Free some space.' });
});

it('waits for nothing that does not pass, also after it has waited', async () => {
  const taken = new RotorError('journal_unavailable', 'in use by another process', { retryable: false });
  await expect(waiting([taken]).opened).rejects.toBe(taken);
  await expect(waiting([full, full, taken]).opened).rejects.toBe(taken);
  const wrong = new RotorError('config_invalid', 'the database has no URL');
  await expect(waiting([full, wrong]).opened).rejects.toBe(wrong);
});

it('leaves nothing open that opens after the end was asked for', async () => {
  const [end, journal] = [new AbortController(), Promise.withResolvers<string>()];
  const closed: string[] = [];
  const slow = { open: async () => journal.promise, close: async (one: string) => void closed.push(one) };
  const deps = { log: pino({ enabled: false }), clock: new VirtualClock(), signal: end.signal };
  const opened = whenItOpens(slow, address, deps);
  end.abort();
  // Not before whoever waits has heard of the end.
  setImmediate(() => journal.resolve('the journal'));
  expect(await opened).toBeUndefined();
  expect(closed).toEqual(['the journal']);
});

import { RotorError } from '../rotation/errors.js';
import type { Run } from '../rotation/run.js';
import type { Change, Entry } from './journal.js';

/**
 * The form of an entry, and of the run that its entries make. One more whenever an older Rotor would misread what this
 * one writes, with a migration `…_form_N`, by which that one refuses the journal, and a step below; not for a field that
 * may be absent.
 */
export const FORM = 4;

type Body = Readonly<Record<string, unknown>>;
type Step = { readonly run?: (body: Body) => Body; readonly change?: (body: Body) => Body };

/** What makes of one form the next. Entries are read so and never rewritten; a run is, with its next entry. */
const STEPS: Readonly<Record<number, Step>> = {
  // Said who chooses the token from the opening on, by the config; since then that is found with the resource.
  1: {
    run: ({ issuerKind, ...run }) => (run['resource'] === undefined ? run : { ...run, issuerKind }),
  },
  // Knew no rehearsals, and no wish to cancel.
  2: {},
  // Knew no deliveries that were skipped or that need a release, and no run that rests between two waves.
  3: {},
};

/** As it is written into an entry, where the chain covers it. */
export function bodyOf(change: Change): string {
  return JSON.stringify({ v: FORM, ...change });
}

/** Of an entry of any form up to the present one: the first said none. */
export function changeOf({ run_id: id, body }: { run_id: string; body: string }): Change {
  const { v = 1, ...change } = parsed(id, body) as { v?: number };
  return risen('change', change, v, id);
}

export function entryOf(row: { run_id: string; seq: number; at: number; body: string }): Entry {
  return { ...changeOf(row), seq: row.seq, at: row.at };
}

export function runOf({ id, form, body }: { id: string; form: number; body: string }): Run {
  return risen('run', parsed(id, body), form, id) as Run;
}

function risen(kind: keyof Step, body: object, form: number, id: string): object {
  if (form > FORM) throw newer(`${id} (form ${form}, and this version knows ${FORM})`);
  let now = body as Body;
  for (let from = form; from < FORM; from += 1) now = STEPS[from]?.[kind]?.(now) ?? now;
  return now;
}

function parsed(id: string, body: string): object {
  try {
    return JSON.parse(body) as object;
  } catch (cause) {
    // Its own message would show a piece of the body.
    throw new RotorError('journal_unavailable', `${id} in the journal is damaged, its text is no JSON`, {
      cause,
      hint: 'Stop Rotor and put a backup in the place of the journal.',
    });
  }
}

/** Never waited for, and nothing is written: what is under way could be misread. */
export function newer(what: string, cause?: unknown): RotorError {
  return new RotorError('journal_unavailable', `${what} was written by a newer version of Rotor`, {
    ...(cause !== undefined && { cause }),
    retryable: false,
    hint: 'Start the newer version again: this one could misread what is under way.',
  });
}

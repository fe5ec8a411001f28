import type { Whereabouts } from './client.js';
import { table } from './print.js';
import { hanging } from './room.js';

/** The one that made it stands first; of many others those that had it last. */
const MOST_RUNS = 10;

const MOST_OF_VERSION = 12;

const LOUD: ReadonlySet<Whereabouts['meaning']> = new Set(['unstored', 'refused', 'open']);

/** A line for each place, with the time of the look, and what it means. */
export function whereaboutsTable(place: Whereabouts): string {
  const { rotation, fingerprint, detail, next, meaning } = place;
  const rows = [
    ...runRows(place.runs),
    issuerRow(place),
    ...storeRows(place),
    serverRow(place),
    ...targetRows(place),
  ];
  return [
    `${fingerprint}, looked for in ${rotation}`,
    table(['WHERE', 'WHAT', 'SEEN AT'], rows),
    hanging(LOUD.has(meaning) ? '!!! ' : '', detail),
    ...(next === null ? [] : [`next: ${next}`]),
  ].join('\n');
}

type Row = [place: string, what: string, at: string];

function runRows(runs: Whereabouts['runs']): Row[] {
  if (runs.length === 0) return [['journal', 'no run has had it', '–']];
  const [maker, ...others] = runs.map(runRow);
  const last = others.slice(-(MOST_RUNS - 1));
  const more = others.length - last.length;
  return [
    ...(maker ? [maker] : []),
    ...(more > 0 ? [['…', `and ${more} more runs`, '–'] satisfies Row] : []),
    ...last,
  ];
}

function runRow({ id, mode, as, state, outcome, at }: Whereabouts['runs'][number]): Row {
  const brought = { rotate: 'brought it', adopt: 'adopted it', rehearse: 'rehearsed with it' }[mode];
  return [id, `${as === 'new' ? brought : 'had it as the previous one'} (${mode}, ${outcome ?? state})`, at];
}

function notLookedAt(why: string | null): string {
  return `not looked at: ${why ?? 'no reason was given'}`;
}

function issuerRow({ issuer: { has, lookedAt, why } }: Whereabouts): Row {
  if (has === null || lookedAt === null) return ['issuer', notLookedAt(why), '–'];
  const what = { in_force: 'in force', on_its_way: 'on its way', another: 'no: another one is in force' }[
    has
  ];
  return ['issuer', what, lookedAt];
}

function storeRows({ store }: Whereabouts): Row[] {
  const { lookedAt, why, versions, unreadable, current } = store;
  if (lookedAt === null || versions === null) return [['store', notLookedAt(why), '–']];
  const rows = versions.map(({ version, role, labels }): Row => {
    const as = labels.length === 0 ? '' : ` (${labels.join(', ')})`;
    return ['store', `${role}: version ${short(version)}${as}`, lookedAt];
  });
  const others =
    unreadable === null || unreadable === 0
      ? ''
      : `; ${unreadable} labelled versions hold no token that can be read`;
  if (rows.length > 0) return rows;
  return [['store', `no: ${current ?? 'no token'} is current${others}`, lookedAt]];
}

/** AWS's ids have up to 64 characters, which no line of a terminal has room for; JSON holds all of them. */
function short(version: string): string {
  return version.length > MOST_OF_VERSION ? `${version.slice(0, MOST_OF_VERSION)}…` : version;
}

function serverRow({ apmServer }: Whereabouts): Row {
  const { lookedAt, why, accepted, refused, unclear, acceptsAny } = apmServer;
  if (lookedAt === null || accepted === null) return ['APM Server', notLookedAt(why), '–'];
  const all = accepted + (refused ?? 0) + (unclear ?? 0);
  const open = acceptsAny ? ', and a random token as well' : '';
  return ['APM Server', `accepted on ${accepted} of ${all} fresh connections${open}`, lookedAt];
}

function targetRows({ targets }: Whereabouts): Row[] {
  return targets.map((target): Row => {
    const { name, lookedAt, why } = target;
    if (lookedAt === null) return [name, notLookedAt(why), '–'];
    return [name, seenOf(target), lookedAt];
  });
}

function seenOf({ state, seen, of, other, detail }: Whereabouts['targets'][number]): string {
  const more = detail === null ? '' : `: ${detail}`;
  if (state === 'assumed') return 'nobody can look';
  if (state === 'needs_release') return `needs a release${more}`;
  const perhaps = (other ?? 0) > 0 ? `, perhaps ${other} more` : '';
  return `${seen} of ${of} run with it${perhaps}${more}`;
}

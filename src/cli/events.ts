import { setTimeout as delay } from 'node:timers/promises';
import { Client, type EventPage } from './client.js';
import { sinceOf } from './moment.js';
import { noneOf } from './none.js';
import { isJson, type Output } from './output.js';
import { patiently } from './patience.js';
import { printData, printNote } from './print.js';
import { hanging } from './room.js';

export type EventsOptions = Output & {
  readonly follow?: boolean;
  readonly rotation?: string;
  readonly selector?: string;
  readonly since?: string;
};

type Event = EventPage['events'][number];

const AT_ONCE = '200';
const LATELY = '1h';
const WAIT = '20s';
/** What comes within it is asked for together. */
const TOGETHER_MS = 500;
const MOST_DELIVERIES = 5;

/** What has happened in all runs, a line each; with `follow` also what comes, until it is interrupted. */
export async function events(options: EventsOptions): Promise<number> {
  const { follow = false, rotation, selector, since } = options;
  const begin = follow && since === undefined ? { after: 'now' } : { since: sinceOf(since ?? LATELY) };
  const client = await Client.fromEnvironment();
  // A rotation that the service does not know is more likely a slip of the pen than one of old.
  if (rotation !== undefined) await client.rotation(rotation);
  const asked = { rotation, selector, limit: AT_ONCE };
  const print = printer(options);
  let page = await client.events({ ...asked, ...begin });
  const isEmpty = page.events.length === 0;
  for (;;) {
    for (const event of page.events) await print(event);
    const { next: after, more } = page;
    if (!more && !follow) break;
    if (!more) await delay(TOGETHER_MS);
    page = await patiently(async () => client.events({ ...asked, after, ...(!more && { wait: WAIT }) }));
  }
  if (isEmpty) {
    const none = noneOf('events', { rotation, selector });
    printNote(`${none} since ${begin.since ?? ''}; \`rotor events -f\` waits for them`);
  }
  return 0;
}

/** JSON is an object a line, YAML one list, since nobody knows when it ends. */
function printer(options: Output): (event: Event) => Promise<void> {
  if (isJson(options)) return async (event) => printData(JSON.stringify(event));
  if (options.output === 'name') return async ({ run, rotation }) => printData(run ?? rotation);
  if (options.output !== 'yaml') return async (event) => printData(lineOf(event));
  return async (event) => {
    const { stringify } = await import('yaml');
    printData(stringify([event]).trimEnd());
  };
}

export function lineOf(event: Event): string {
  const { at, rotation, run } = event;
  const words = [rotation, ...(run === null ? [] : [run]), wordsOf(event).replaceAll(/\s+/g, ' ')];
  return hanging(`${at}  `, words.join('  '));
}

function wordsOf(event: Event): string {
  const { opened, outcome, stalled, state, detail, note, waitingFor, deliveries = [] } = event;
  const words = [
    opened && `started (${opened.mode}) by ${opened.by}`,
    outcome && `${outcome}: ${detail ?? ''}`,
    stalled && `stalled (${stalled.reason.replaceAll('_', ' ')}): ${stalled.detail}`,
    !opened && !outcome && !stalled && state,
    waitingFor && `waiting: ${waitingFor}`,
    askedOf(event),
    deliveries.length > 0 && deliveriesOf(deliveries),
    heldOf(event),
    saidOf(event),
    note,
  ];
  return words.filter(Boolean).join('; ') || 'noted';
}

function askedOf({ asked }: Event): string | undefined {
  if (asked === undefined) return undefined;
  if (asked === null) return 'what was asked is answered';
  const { what, target, reason, by } = asked;
  const of = target === null ? '' : ` ${target}`;
  return `asked to ${what.replaceAll('_', ' ')}${of} by ${by ?? 'somebody'}: ${reason}`;
}

function deliveriesOf(deliveries: NonNullable<Event['deliveries']>): string {
  const named = deliveries
    .slice(0, MOST_DELIVERIES)
    .map(({ target, state }) => `${target} ${state.replaceAll('_', ' ')}`);
  const more = deliveries.length - named.length;
  return [...named, ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
}

function heldOf({ held }: Event): string | undefined {
  if (held === undefined) return undefined;
  return held === null ? 'deliveries go on' : `deliveries are paused: ${held.reason}`;
}

function saidOf({ said }: Event): string | undefined {
  if (said === undefined) return undefined;
  const { what, until, reason, by, approval } = said;
  const why = reason === '' ? '' : `: ${reason}`;
  if (approval !== undefined)
    return `approval ${approval} ${what.replace('approval_', '')}${by === null ? '' : ` by ${by}`}${why}`;
  const end = what === 'resume' ? 'resumed' : until === null ? 'paused' : `paused until ${until}`;
  return `${end} by ${by ?? 'somebody'}${why}`;
}

import { RotorError } from '../rotation/errors.js';
import { Client } from './client.js';
import { baseOf } from './connection.js';
import { show, type Output } from './output.js';
import { printNote, table } from './print.js';

/** Stands where a token belongs: nobody who only looks has one made, or printed. */
const TOKEN = 'TOKEN';

type Link = {
  readonly link: 'badge' | 'calendar';
  /** With `TOKEN` in it. */
  readonly address: string;
  /** Makes the token, which may do nothing else (docs/access.md). */
  readonly make: string;
};

/** The addresses that a wiki or a calendar can be given. The badge is of one rotation where there is a name. */
export async function links(name: string | undefined, options: Output): Promise<number> {
  const client = await Client.fromEnvironment();
  // Throws where there is none of this name.
  if (name !== undefined) await client.rotation(name);
  const { baseUrl } = await client.info();
  const base = baseUrl ?? baseOf(client.address);
  const of = name === undefined ? '' : `&rotation=${encodeURIComponent(name)}`;
  const link = (what: Link['link'], path: string, more = ''): Link => ({
    link: what,
    address: `${base}${path}?token=${TOKEN}${more}`,
    make: `rotor token create ${what} --grant ${what} --expires 366`,
  });
  const all = [link('badge', '/v1/status/badge.svg', of), link('calendar', '/v1/calendar.ics')];
  await show({ links: all }, options, {
    table: () =>
      table(
        ['LINK', 'ADDRESS'],
        all.map(({ link: what, address }) => [what, address]),
      ),
    names: () => all.map(({ address }) => address),
    items: () => all,
  });
  if (options.output === undefined || options.output === 'table')
    printNote(
      [
        '',
        `${TOKEN} is one that may do nothing else; it is shown once:`,
        ...all.map(({ make }) => `  next: ${make}`),
        ...(baseUrl === null
          ? ['These are as this command reaches Rotor; server.baseUrl says how others do.']
          : []),
      ].join('\n'),
    );
  return 0;
}

/** What else would be shown is another question. */
export function assertAlone(asked: Readonly<Record<string, unknown>>): void {
  const [other] = Object.entries(asked).flatMap(([flag, value]) => (value === undefined ? [] : [flag]));
  if (other !== undefined)
    throw new RotorError('request_invalid', `--links shows addresses alone, and takes no ${other}`);
}

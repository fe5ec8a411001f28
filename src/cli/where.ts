import { RotorError } from '../rotation/errors.js';
import { FINGERPRINT_EXPECTED, fingerprintIn } from '../rotation/secret.js';
import { Client, type Whereabouts } from './client.js';
import { show, type Output } from './output.js';
import { whereaboutsTable } from './where-table.js';

export type WhereOptions = Output & { readonly rotation?: string };

/** Each look asks every upstream of a rotation. */
const MOST_LOOKS = 20;

const EXIT: Readonly<Record<Whereabouts['meaning'], number>> = {
  in_force: 0,
  unneeded: 0,
  unknown_here: 2,
  unproven: 6,
  on_its_way: 8,
  open: 3,
  unstored: 3,
  still_accepted: 3,
  refused: 3,
  instances_disagree: 3,
  targets_behind: 3,
  still_used: 3,
};

/** Of several places: something wrong comes before what was not seen, and that before what is on its way. */
const WORST_FIRST = [3, 6, 8, 2, 0];

/**
 * Everywhere that a token is. Exit code 0 where it is in force or nobody needs it, 3 where something is wrong with it, 6
 * where that could not be seen, 8 where a change is on its way, 2 where nobody knows it or several rotations do; of
 * several places the worst.
 */
export async function where(text: string, options: WhereOptions): Promise<number> {
  // No more leaves this machine than Rotor knows of a token.
  const fingerprint = fingerprintIn(text);
  const client = await Client.fromEnvironment();
  const found = await look(client, fingerprint, options.rotation);
  if (!Array.isArray(found)) return choice(found, fingerprint, options);
  const [one] = found;
  const value = found.length === 1 && one ? one : { fingerprint, places: found };
  await show(value, options, {
    table: () => found.map(whereaboutsTable).join('\n\n'),
    names: () => found.map(({ rotation }) => rotation),
    items: () => found,
  });
  const codes = new Set(found.map(({ meaning }) => EXIT[meaning]));
  return WORST_FIRST.find((code) => codes.has(code)) ?? 0;
}

type Matches = Awaited<ReturnType<Client['findToken']>>;

async function look(
  client: Client,
  fingerprint: string,
  rotation: string | undefined,
): Promise<Whereabouts[] | Matches> {
  if (rotation !== undefined) return [await client.where(rotation, fingerprint)];
  const known = await client.findToken(fingerprint);
  const [match, another] = known.matches;
  if (another) return known;
  if (match) return [await client.where(match.rotation, fingerprint)];
  return lookEverywhere(client, fingerprint);
}

/** Whatever somebody has set or stored without a run is in no journal. */
async function lookEverywhere(client: Client, fingerprint: string): Promise<Whereabouts[]> {
  const rotations = await client.rotations();
  if (rotations.length > MOST_LOOKS)
    throw new RotorError(
      'not_found',
      `no run has had ${fingerprint}, and there are ${rotations.length} rotations`,
      {
        hint: 'Say where to look for it: --rotation NAME.',
      },
    );
  const places: Whereabouts[] = [];
  for (const { name } of rotations) {
    const place = await client.where(name, fingerprint);
    // It may be wherever that could not be seen.
    if (place.meaning !== 'unknown_here') places.push(place);
  }
  if (places.length > 0) return places;
  throw new RotorError(
    'not_found',
    `no run has had ${fingerprint}, and no issuer, store or target shows it`,
    {
      hint: `A fingerprint is ${FINGERPRINT_EXPECTED}`,
    },
  );
}

async function choice(found: Matches, fingerprint: string, options: Output): Promise<number> {
  const names = found.matches.map(({ rotation }) => rotation);
  await show(found, options, {
    table: () =>
      [
        `${names.length} rotations have had ${fingerprint}; say which:`,
        ...names.map((name) => `  next: rotor where ${fingerprint} --rotation ${name}`),
      ].join('\n'),
    names: () => names,
  });
  return 2;
}

import { expect, it } from '@jest/globals';
import type { Whereabouts } from '../../src/cli/client.js';
import { whereaboutsTable } from '../../src/cli/where-table.js';

const AT = '2026-12-01T03:00:00.000Z';
const seen = { lookedAt: AT, why: null };
const unseen = { lookedAt: null, why: 'not allowed' };
const aRun = (id: string, over: Partial<Whereabouts['runs'][number]> = {}): Whereabouts['runs'][number] => ({
  id,
  mode: 'rotate',
  state: 'ended',
  outcome: 'succeeded',
  as: 'new',
  at: AT,
  ...over,
});
const place = (over: Partial<Whereabouts> = {}): Whereabouts => ({
  rotation: 'checkout',
  fingerprint: '0a1b2c3d',
  runs: [aRun('run_1')],
  issuer: { ...seen, has: 'another' },
  store: { ...seen, current: 'ffffffff', versions: [], unreadable: 0 },
  apmServer: { ...seen, accepted: 0, refused: 10, unclear: 0, acceptsAny: false },
  targets: [],
  meaning: 'unneeded',
  detail: 'Nobody needs it any more.',
  next: null,
  ...over,
});
const lines = (over: Partial<Whereabouts>): string[] => whereaboutsTable(place(over)).split('\n');
const nothing = { state: null, seen: null, of: null, other: null, detail: null };

it('what was not looked at says so and why, and never no', () => {
  const all = lines({
    issuer: { ...unseen, has: null },
    store: { ...unseen, current: null, versions: null, unreadable: null },
    apmServer: { ...unseen, accepted: null, refused: null, unclear: null, acceptsAny: null },
    targets: [{ name: 'web', ...unseen, ...nothing }],
  });
  const rows = all.slice(3, 7).map((line) => line.split(/ {2,}/));
  expect(rows).toEqual(
    ['issuer', 'store', 'APM Server', 'web'].map((name) => [name, 'not looked at: not allowed', '–']),
  );
  expect(all.join(' ')).not.toMatch(/ no[: ]|\b0 of\b/);
});

it('the run that made it stands first, and of many others those that had it last', () => {
  const runs = Array.from({ length: 30 }, (_, index) =>
    aRun(`run_${index + 1}`, index === 29 ? { as: 'previous', state: 'settled', outcome: null } : {}),
  );
  const all = lines({ runs }).slice(2, 13);
  expect(all[0]).toMatch(/^run_1 +brought it \(rotate, succeeded\)/);
  expect(all[1]).toMatch(/^… +and 20 more runs +–$/);
  expect(all[2]).toMatch(/^run_22 /);
  expect(all.at(-1)).toMatch(/^run_30 +had it as the previous one \(rotate, settled\)/);
  expect(lines({ runs: [] })[2]).toMatch(/^journal +no run has had it +–$/);
});

it('counts the instances of a target, and those that may run with it', () => {
  const counted = { state: 'counted', seen: 18, of: 20, other: 2, detail: null } as const;
  const targets: Whereabouts['targets'] = [
    { name: 'web', ...seen, ...counted },
    { name: 'blind', ...seen, ...nothing, state: 'assumed' },
    { name: 'jobs', ...seen, ...nothing, state: 'needs_release', detail: 'a new version' },
  ];
  expect(lines({ targets }).slice(6, 9)).toEqual([
    expect.stringMatching(/^web +18 of 20 run with it, perhaps 2 more +2026/),
    expect.stringMatching(/^blind +nobody can look +2026/),
    expect.stringMatching(/^jobs +needs a release: a new version +2026/),
  ]);
});

it('is loud about what loses events, and ends with the one command', () => {
  const detail = 'THE APM SERVER ACCEPTS 0a1b2c3d AND THE STORE DOES NOT HAND IT OUT.';
  const all = lines({
    meaning: 'unstored',
    detail,
    next: 'rotor verify checkout',
    store: { ...seen, current: null, versions: [], unreadable: 2 },
    apmServer: { ...seen, accepted: 3, refused: 0, unclear: 0, acceptsAny: true },
  });
  expect(all.slice(-2)).toEqual([`!!! ${detail}`, 'next: rotor verify checkout']);
  expect(all.join('\n')).toMatch(/^store +no: no token is current; 2 labelled versions hold no token/m);
  expect(all.join('\n')).toMatch(
    /^APM Server +accepted on 3 of 3 fresh connections, and a random token as well/m,
  );
});

it('leaves a line short enough to read: of the id of a version its beginning', () => {
  const version = '0123456789ab'.padEnd(64, 'c');
  const versions: Whereabouts['store']['versions'] = [{ version, role: 'current', labels: ['AWSCURRENT'] }];
  const all = lines({ store: { ...seen, current: '0a1b2c3d', versions, unreadable: 0 } });
  expect(all.join('\n')).toMatch(/^store +current: version 0123456789ab… \(AWSCURRENT\) +2026/m);
});

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Replaced, Run, RunMode } from '../../../src/rotation/run.js';
import type { Fingerprint } from '../../../src/rotation/secret.js';
import type { VersionId } from '../../../src/stores/store.js';
import type { Report } from '../../../src/triggers/report/report.js';
import { claimedRun } from '../../contracts/journal.contract.js';
import { ApiWorld } from '../api-world.js';

const DAY = 24 * 60 * 60_000;

let world: ApiWorld;
let began: number;
beforeEach(async () => {
  world = await ApiWorld.open();
  began = world.clock.now();
  await world.journal.histories(['checkout']);
});
afterEach(async () => world.close());

const iso = (at: number): string => new Date(at).toISOString();
const day = (count: number): number => began + count * DAY;
const until = (at: number): void => world.clock.advance(at - world.clock.now());

type Left = { readonly mode?: RunMode; readonly resource?: string };

/** One that has taken no time; with `replaced` the adoption of a token that was put back. */
const run = async (fingerprint: string, replaced?: Replaced, at: Left = {}): Promise<Run> => {
  const { mode = replaced ? 'adopt' : 'rotate', resource: key = 'r1' } = at;
  const { claim } = await claimedRun(world.journal, { mode });
  await world.journal.append(claim, { resource: { key, label: key, address: {} } });
  const current = { version: 'v1' as VersionId, fingerprint: fingerprint as Fingerprint };
  const left = { current, ...(replaced && { replaced }) };
  await world.journal.append(claim, { state: { state: 'settled', ...left, oldStillAccepted: false } });
  const ended = { state: 'ended', outcome: 'succeeded', detail: 'so it is', ...left } as const;
  return world.journal.append(claim, { state: ended });
};

const told = async (from: number, to: number): Promise<Report['rotations'][number]> => {
  const { body } = await world.ask('GET', `/v1/report?from=${iso(from)}&to=${iso(to)}`);
  const [one] = (body as unknown as Report).rotations;
  if (!one) throw new Error('nothing is told');
  return one;
};

it('a report tells of a token that was put back, since when, and which run has settled another one', async () => {
  until(day(10));
  await run('00000001');
  until(day(20));
  const by = await run('00000002');
  until(day(30));
  const replaced = { at: day(20), by: by.id, since: day(10) };
  const found = await run('00000001', replaced);
  const back = {
    fingerprint: '00000001',
    replacedAt: iso(day(20)),
    replacedBy: by.id,
    from: iso(day(30)),
    foundBy: found.id,
  };
  const isOpen = { count: 1, tokens: [{ ...back, to: null, settledBy: null, settledMode: null }] };
  until(day(35));
  await run('00000001', { ...replaced, back: { at: day(30), by: found.id } });
  until(day(45));
  expect(await told(day(25), day(45))).toMatchObject({
    rotations: 0,
    putBack: isOpen,
    overdue: { spans: [{ from: iso(day(40)), to: iso(day(45)) }] },
  });
  const settled = await run('00000003');
  until(day(50));
  const end = { to: iso(day(45)), settledBy: settled.id, settledMode: 'rotate' };
  const isOver = { count: 1, tokens: [{ ...back, ...end }] };
  expect((await told(day(25), day(50))).putBack).toEqual(isOver);
  expect((await told(day(40), day(50))).putBack).toEqual(isOver);
  expect((await told(day(40), day(45))).putBack).toEqual(isOpen);
  expect((await told(day(46), day(50))).putBack).toEqual({ count: 0, tokens: [] });
  expect((await told(day(0), day(30))).putBack).toEqual({ count: 0, tokens: [] });
});

describe('a token that is in force again', () => {
  const adopts = { mode: 'adopt' } as const;
  const putBack = async () => (await told(day(25), day(50))).putBack;
  beforeEach(async () => {
    until(day(20));
    const by = await run('00000002');
    until(day(30));
    await run('00000001', { at: day(20), by: by.id });
    until(day(45));
  });

  it('goes on so where a run delivers it that does not know that it was replaced', async () => {
    const isOpen = await putBack();
    await run('00000001', undefined, adopts);
    until(day(50));
    expect(isOpen).toMatchObject({ count: 1, tokens: [{ to: null }] });
    expect(await putBack()).toEqual(isOpen);
  });

  it('goes on so where the config leads to another deployment, and is over once a run has seen it over', async () => {
    const isOpen = await putBack();
    await run('0000000b', undefined, { resource: 'r2' });
    until(day(46));
    expect(await putBack()).toEqual(isOpen);
    const found = await run('00000003', undefined, adopts);
    until(day(50));
    const end = { to: iso(day(46)), settledBy: found.id, settledMode: 'adopt' };
    expect(await putBack()).toMatchObject({ count: 1, tokens: [end] });
  });

  it('is no new one where a rotation has found it', async () => {
    until(day(47));
    await run('00000004', { at: day(20), by: 'run_2', since: day(10) }, { mode: 'rotate' });
    until(day(50));
    expect(await told(day(46), day(50))).toMatchObject({
      rotations: 0,
      putBack: { tokens: [{}, { fingerprint: '00000004', from: iso(day(47)) }] },
      overdue: { spans: [{ from: iso(day(47)), to: iso(day(50)) }] },
    });
  });
});

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Run, RunState, Trigger } from '../../../src/rotation/run.js';
import type { Delivery } from '../../../src/rotation/delivery.js';
import type { Fingerprint } from '../../../src/rotation/secret.js';
import type { VersionId } from '../../../src/stores/store.js';
import { packageVersion } from '../../../src/version.js';
import { claimedRun, refused } from '../../contracts/journal.contract.js';
import type { Report } from '../../../src/triggers/report/report.js';
import { ApiWorld } from '../api-world.js';

const DAY = 24 * 60 * 60_000;
const MINUTE = 60_000;

type Past = {
  readonly rotation?: string;
  readonly mode?: Run['mode'];
  readonly trigger?: Trigger;
  readonly deliveries?: readonly Delivery[];
  readonly state?: RunState;
  readonly only?: readonly string[];
};

describe('a report', () => {
  let world: ApiWorld;
  let began: number;
  let made = 0;
  beforeEach(async () => {
    world = await ApiWorld.open({ others: { search: { env: 'staging' } } });
    began = world.clock.now();
    made = 0;
    // As the first tick of the schedule does.
    await world.journal.histories(['checkout', 'search']);
  });
  afterEach(async () => world.close());

  const iso = (at: number): string => new Date(at).toISOString();
  const day = (count: number): number => began + count * DAY;
  const until = (at: number): void => world.clock.advance(at - world.clock.now());
  const aDelivery = (over: Partial<Delivery> = {}): Delivery => ({
    target: 'web',
    state: 'converged',
    fingerprint: '0a1b2c3d' as Fingerprint,
    tries: 0,
    ...over,
  });
  /** One that has taken no time. */
  const run = async ({ rotation = 'checkout', state, deliveries, ...over }: Past = {}): Promise<Run> => {
    const { claim } = await claimedRun(world.journal, { rotation, storeKey: rotation, ...over });
    made += 1;
    const fingerprint = String(made).padStart(8, '0') as Fingerprint;
    const current = { version: `v${made}` as VersionId, fingerprint };
    if (state) return world.journal.append(claim, { state });
    const isSettled = { state: 'settled', current, oldStillAccepted: false } as const;
    await world.journal.append(claim, { state: isSettled, ...(deliveries && { deliveries }) });
    const now = world.clock.now();
    const measure = { oldLastAccepted: now - 3_000, oldFirstRefused: now - 2_000 };
    const ended = { state: 'ended', outcome: 'succeeded', detail: 'so it is', current } as const;
    return world.journal.append(claim, { state: ended, measure });
  };
  const ask = async (from: number, to: number, more = '') =>
    world.ask('GET', `/v1/report?from=${iso(from)}&to=${iso(to)}${more}`);
  const report = async (from: number, to: number, more = ''): Promise<Report> =>
    (await ask(from, to, more)).body as unknown as Report;
  const of = ({ rotations }: Report, name = 'checkout') => {
    const found = rotations.find(({ rotation }) => rotation === name);
    if (!found) throw new Error(`nothing is told of ${name}`);
    return found;
  };

  it('counts the runs of a period by what has become of them, their mode, and who started them', async () => {
    until(day(1));
    await run();
    await run({ mode: 'adopt', trigger: { kind: 'watch', reason: 'drift' } });
    await run({ trigger: { kind: 'api', reason: 'leak', by: 'ada' }, state: refused });
    const approved = { approval: 'apr_1', by: 'grace', at: day(1) };
    await run({ trigger: { kind: 'schedule', reason: 'near_expiry', approved } });
    await run({ rotation: 'search', mode: 'rehearse', trigger: { kind: 'schedule', reason: 'drill' } });
    until(day(2));
    await run();
    const told = await report(day(0), day(2));
    expect(of(told)).toMatchObject({
      labels: { env: 'prod' },
      runs: { total: 4, succeeded: 3, partial: 0, failed: 1, cancelled: 0, underWay: 0 },
      modes: { rotate: 3, adopt: 1, rehearse: 0 },
      startedBy: [
        { by: 'ada', runs: 1 },
        { by: 'api', runs: 1 },
        { by: 'schedule', runs: 1 },
        { by: 'watch', runs: 1 },
      ],
      approvedBy: [{ by: 'grace', runs: 1 }],
      rotations: 2,
      eventsLost: null,
    });
    expect(of(told, 'search')).toMatchObject({ runs: { total: 1 }, rotations: 0 });
    expect(told).toMatchObject({
      period: { from: iso(day(0)), to: iso(day(2)), isOver: true, timezone: 'UTC' },
      madeAt: iso(day(2)),
      madeBy: { product: 'rotor', version: packageVersion() },
      selector: null,
      audit: { holds: true, runs: 5, entries: 14, faults: [] },
    });
  });

  it('tells the longest time with one token, and the time over its maxAge', async () => {
    until(day(10));
    await run();
    until(day(45));
    await run({ mode: 'adopt' });
    until(day(50));
    await run();
    until(day(60));
    expect(of(await report(day(0), day(60)))).toMatchObject({
      maxAgeMs: 30 * DAY,
      rotations: 2,
      longestToken: { ms: 40 * DAY, from: iso(day(10)), to: iso(day(50)) },
      overdue: { ms: 10 * DAY, count: 1, spans: [{ from: iso(day(40)), to: iso(day(50)) }] },
    });
    expect(of(await report(day(20), day(45)))).toMatchObject({
      rotations: 0,
      longestToken: { from: iso(day(10)), to: null },
      overdue: { ms: 5 * DAY },
    });
    expect(of(await report(day(0), day(60)), 'search').overdue).toMatchObject({ ms: 30 * DAY });
  });

  it('counts a token in the period in which it became current, whenever its run began', async () => {
    until(day(10));
    await run();
    until(day(35));
    const { claim } = await claimedRun(world.journal, {});
    until(day(38));
    const current = { version: 'v9' as VersionId, fingerprint: '99999999' as Fingerprint };
    await world.journal.append(claim, { state: { state: 'settled', current, oldStillAccepted: false } });
    until(day(60));
    expect(of(await report(day(36), day(60)))).toMatchObject({
      runs: { total: 0 },
      rotations: 1,
      longestToken: { ms: 28 * DAY, from: iso(day(10)), to: iso(day(38)) },
      overdue: { ms: 0, count: 0, spans: [] },
    });
    expect(of(await report(day(5), day(36)))).toMatchObject({
      runs: { total: 2 },
      rotations: 1,
      longestToken: { ms: 26 * DAY, to: null },
    });
    expect(of(await report(day(38), day(60))).rotations).toBe(1);
    expect(of(await report(day(39), day(60)))).toMatchObject({ rotations: 0, overdue: { ms: 0 } });
  });

  it('counts the deliveries that a run has made, not those of others that it has kept', async () => {
    until(day(1));
    await run({ deliveries: [aDelivery({ target: 'web' }), aDelivery({ target: 'api', state: 'failed' })] });
    await run({
      mode: 'adopt',
      only: ['api'],
      deliveries: [aDelivery({ target: 'web' }), aDelivery({ target: 'api' })],
    });
    const failing = { target: 'web', state: 'failed' } as const;
    await run({
      mode: 'adopt',
      only: ['api'],
      deliveries: [aDelivery(failing), aDelivery({ target: 'api' })],
    });
    // A target may have to be brought along that was not asked for.
    const begunAt = world.clock.now();
    await run({
      mode: 'adopt',
      only: ['api'],
      deliveries: [aDelivery({ target: 'web', begunAt }), aDelivery({ target: 'api' })],
    });
    until(day(2));
    expect(of(await report(day(0), day(2)))).toMatchObject({
      deliveries: { converged: 5, failed: 1 },
      neverConverged: [{ target: 'api', state: 'failed' }],
    });
  });

  it('does not say anything of a time that is to come', async () => {
    until(day(10));
    await run();
    const told = await report(day(5), day(400));
    expect(told.period.isOver).toBe(false);
    expect(of(told)).toMatchObject({ longestToken: { ms: 10 * DAY }, overdue: { ms: 0 } });
    expect(await ask(day(20), day(30))).toMatchObject({ status: 400 });
    expect(await ask(day(5), day(5))).toMatchObject({ status: 400 });
  });

  it('tells the longest auth gap of those that were measured, and of how many it was not', async () => {
    until(day(1));
    expect(of(await report(day(0), day(1))).authGap).toEqual({ longest: null, measured: 0, notMeasured: 0 });
    const now = world.clock.now();
    await run({ deliveries: [aDelivery({ convergedAt: now, lastBehind: now - 500 })] });
    await run({ deliveries: [aDelivery({ state: 'assumed' })] });
    const longest = await run({
      deliveries: [aDelivery({ convergedAt: now + MINUTE, lastBehind: now })],
    });
    until(day(2));
    expect(of(await report(day(0), day(2))).authGap).toEqual({
      longest: { ms: MINUTE + 2_000, resolutionMs: MINUTE, run: longest.id },
      measured: 2,
      notMeasured: 1,
    });
  });

  it('names deliveries that never converged, and counts runs that needed a person', async () => {
    until(day(1));
    const detail = 'it did not start';
    const failing = await run({
      deliveries: [
        aDelivery({ target: 'web', state: 'failed', problem: { code: 'target_failed', detail } }),
        aDelivery({ target: 'api' }),
        aDelivery({ target: 'edge', state: 'skipped' }),
      ],
    });
    const { run: asked, claim } = await claimedRun(world.journal, {});
    await world.journal.ask(asked.id, { what: 'cancel', reason: 'not now' }, () => undefined);
    await world.journal.append(claim, { state: refused });
    until(day(2));
    expect(of(await report(day(0), day(2)))).toMatchObject({
      deliveries: { converged: 1, failed: 1, skipped: 1, assumed: 0, superseded: 0, underWay: 0 },
      neverConverged: [
        { run: failing.id, target: 'web', state: 'failed' },
        { run: failing.id, target: 'edge', state: 'skipped' },
      ],
      neededPerson: 1,
      stalled: 0,
      asked: 1,
    });
  });

  it('is of the rotations that have the labels, or of all, also those that have left the config', async () => {
    until(day(1));
    await run({ rotation: 'retired' });
    until(day(2));
    const all = await report(day(0), day(2));
    expect(all.rotations.map(({ rotation }) => rotation)).toEqual(['checkout', 'search', 'retired']);
    expect(of(all, 'retired')).toMatchObject({ labels: null, maxAgeMs: null, overdue: null, rotations: 1 });
    const some = await report(day(0), day(2), '&selector=env%3Dstaging');
    expect([some.selector, some.rotations.map(({ rotation }) => rotation)]).toEqual([
      'env=staging',
      ['search'],
    ]);
    expect(await ask(day(0), day(2), '&selector=env')).toMatchObject({ status: 400 });
    expect(await ask(day(0), day(2), '&selector=env%3Dnowhere')).toMatchObject({ status: 404 });
  });

  it('needs the scope audit', async () => {
    until(day(1));
    const url = `/v1/report?from=${iso(day(0))}&to=${iso(day(1))}`;
    for (const [grant, status] of [
      ['audit', 200],
      ['read', 403],
    ] as const) {
      const headers = { authorization: `Bearer ${await world.tokenWith([grant])}` };
      expect((await world.app.inject({ method: 'GET', url, headers })).statusCode).toBe(status);
    }
  });
});

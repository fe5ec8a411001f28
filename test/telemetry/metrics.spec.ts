import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { KyselyJournal } from '../../src/journal/kysely-journal.js';
import { openSqlite } from '../../src/journal/sqlite.js';
import type { Delivery } from '../../src/rotation/delivery.js';
import { RotorError } from '../../src/rotation/errors.js';
import type { Run, RunState } from '../../src/rotation/run.js';
import type { FoundDrift } from '../../src/rotation/watch.js';
import { heard } from '../../src/telemetry/journal-listener.js';
import { Meters } from '../../src/telemetry/meters.js';
import { OutboxGauges } from '../../src/telemetry/outbox-gauges.js';
import { RotationGauges } from '../../src/telemetry/rotation-gauges.js';
import { RunCounters } from '../../src/telemetry/run-counters.js';
import { Scrape } from '../../src/telemetry/scrape.js';
import { claimedRun, pin, refused, settled } from '../contracts/journal.contract.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import { policy } from '../rotation/schedule/policies.js';

const DAY = 24 * 60 * 60_000;
const declared = [
  { name: 'checkout', due: policy({ maxAgeMs: 30 * DAY }) },
  { name: 'manual', due: policy({}) },
];
const target = (state: Delivery['state'], over: Partial<Delivery> = {}): Delivery => ({
  target: state,
  state,
  fingerprint: pin.fingerprint,
  tries: 0,
  ...over,
});
const ended = (outcome: 'succeeded' | 'partial'): RunState => ({
  state: 'ended',
  outcome,
  detail: 'so it is',
  current: pin,
});

describe('/metrics', () => {
  let clock: VirtualClock;
  let journal: KyselyJournal;
  const drifts = new Map<string, FoundDrift>();

  beforeEach(async () => {
    clock = new VirtualClock();
    journal = await KyselyJournal.open(openSqlite(':memory:', clock), clock);
    drifts.clear();
  });
  afterEach(async () => journal.close());

  /** One replica: what it counts itself, and what it tells of the journal. */
  const replica = () => {
    const meters = new Meters();
    const counters = new RunCounters(meters, clock, (_run, name) => `kind of ${name}`);
    const gauges = new RotationGauges(meters, { declared, journal, clock });
    const outbox = new OutboxGauges(meters, journal.notifications);
    const scrape = new Scrape(meters, [gauges, outbox], { drifts: () => [...drifts] });
    const series = async (): Promise<Record<string, number>> => {
      const lines = (await scrape.text()).split('\n').filter((line) => line.startsWith('rotor_'));
      return Object.fromEntries(
        lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]),
      );
    };
    return { journal: heard(journal, [counters]), series };
  };
  const seconds = (at: number | undefined): number => (at ?? NaN) / 1_000;
  const named = (series: Record<string, number>, name: string): Record<string, number> =>
    Object.fromEntries(Object.entries(series).filter(([key]) => key.startsWith(name)));

  const rotated = async (by: Parameters<typeof claimedRun>[0], deliveries: readonly Delivery[] = []) => {
    const { run, claim } = await claimedRun(by);
    clock.advance(2_000);
    await by.append(claim, { state: settled, deliveries });
    clock.advance(3_000);
    return { run, end: async (state: RunState): Promise<Run> => by.append(claim, { state }) };
  };

  it('shows nothing whose value does not exist yet: no outcome, no gap, no success, no tick', async () => {
    const { series } = replica();
    const first = clock.now();
    const shown = await series();
    expect(shown).toEqual({
      [`rotor_build_info{version="0.1.0",commit="unknown",node="${process.versions.node}"}`]: 1,
      'rotor_token_issued_timestamp_seconds{rotation="checkout"}': seconds(first),
      'rotor_token_issued_timestamp_seconds{rotation="manual"}': seconds(first),
      'rotor_token_max_age_seconds{rotation="checkout"}': seconds(30 * DAY),
      'rotor_rotation_next_due_timestamp_seconds{rotation="checkout"}': seconds(first + 30 * DAY),
      'rotor_rotation_paused{rotation="checkout"}': 0,
      'rotor_rotation_paused{rotation="manual"}': 0,
      rotor_queue_depth: 0,
    });
  });

  it('shows what the journal says alike on every replica, and counts where the work was done', async () => {
    const [one, other] = [replica(), replica()];
    await one.series();
    const measure = { oldLastAccepted: clock.now(), oldFirstRefused: clock.now() };
    const { run, claim } = await claimedRun(one.journal);
    await one.journal.append(claim, { measure });
    clock.advance(2_000);
    const issued = clock.now();
    const converged = target('converged', { convergedAt: issued + 3_000, lastBehind: issued });
    await one.journal.append(claim, { state: settled, deliveries: [converged] });
    clock.advance(3_000);
    const { endedAt } = await one.journal.append(claim, { state: ended('succeeded') });
    const [here, there] = [await one.series(), await other.series()];
    const told = {
      'rotor_token_issued_timestamp_seconds{rotation="checkout"}': seconds(issued),
      'rotor_rotation_last_success_timestamp_seconds{rotation="checkout"}': seconds(endedAt),
      'rotor_rotation_last_outcome{rotation="checkout",outcome="succeeded",step="deliver"}': 1,
      'rotor_targets_pending{rotation="checkout"}': 0,
      'rotor_auth_gap_seconds{rotation="checkout"}': 5,
    };
    expect(here).toMatchObject(told);
    expect(there).toMatchObject(told);
    expect(here).toMatchObject({
      'rotor_runs_total{rotation="checkout",trigger="api",outcome="succeeded"}': 1,
      'rotor_run_duration_seconds_sum{trigger="api",outcome="succeeded"}': 5,
      'rotor_step_duration_seconds_sum{step="prepare",outcome="done"}': 2,
      'rotor_step_duration_seconds_sum{step="deliver",outcome="done"}': 3,
      'rotor_deliveries_total{target_type="kind of converged",outcome="converged"}': 1,
    });
    expect(named(there, 'rotor_runs_total')).toEqual({});
    expect(run.id).toBeTruthy();
  });

  it('keeps the last outcome, with its step, while the next run is on its way; then shows that one alone', async () => {
    const { journal: by, series } = replica();
    await series();
    const { claim } = await claimedRun(by);
    await by.append(claim, { state: { state: 'anchoring', anchor: pin.fingerprint, expected: null } });
    await by.append(claim, { state: refused });
    const failed = { 'rotor_rotation_last_outcome{rotation="checkout",outcome="failed",step="anchor"}': 1 };
    expect(named(await series(), 'rotor_rotation_last_outcome')).toEqual(failed);
    clock.advance(60_000);
    const next = await rotated(by);
    expect(named(await series(), 'rotor_rotation_last_outcome')).toEqual(failed);
    await next.end(ended('partial'));
    expect(named(await series(), 'rotor_rotation_last_outcome')).toEqual({
      'rotor_rotation_last_outcome{rotation="checkout",outcome="partial",step="deliver"}': 1,
    });
  });

  it('shows the last success beneath a partial run, and the targets that are not on the token', async () => {
    const { journal: by, series } = replica();
    await series();
    const { endedAt } = await (await rotated(by)).end(ended('succeeded'));
    clock.advance(DAY);
    const deliveries = ['waiting', 'observing', 'failed', 'converged', 'assumed'] as const;
    const partial = await rotated(
      by,
      deliveries.map((state) => target(state)),
    );
    expect(await series()).toMatchObject({ 'rotor_targets_pending{rotation="checkout"}': 3 });
    await partial.end(ended('partial'));
    expect(await series()).toMatchObject({
      'rotor_rotation_last_success_timestamp_seconds{rotation="checkout"}': seconds(endedAt),
    });
  });

  it('shows a start that was missed by a time in the past, and none while a run holds the rotation', async () => {
    const { journal: by, series } = replica();
    await series();
    const due = clock.now() + 30 * DAY;
    clock.advance(31 * DAY);
    const name = 'rotor_rotation_next_due_timestamp_seconds{rotation="checkout"}';
    expect((await series())[name]).toBe(seconds(due));
    const run = await claimedRun(by);
    expect(await series()).not.toHaveProperty([name]);
    await by.append(run.claim, { state: settled });
    expect((await series())[name]).toBe(seconds(clock.now() + 30 * DAY));
  });

  it('shows a pause while it holds', async () => {
    const { journal: by, series } = replica();
    await by.act({ what: 'pause', rotation: 'checkout', reason: 'freeze', until: clock.now() + DAY });
    const name = 'rotor_rotation_paused{rotation="checkout"}';
    expect((await series())[name]).toBe(1);
    clock.advance(DAY);
    expect((await series())[name]).toBe(0);
  });

  it('shows since when deliveries are paused, while they are', async () => {
    const { journal: by, series } = replica();
    const { claim } = await claimedRun(by);
    const name = 'rotor_deliveries_paused_since_timestamp_seconds{rotation="checkout"}';
    const paused = { since: clock.now(), reason: 'web failed: it is gone' };
    await by.append(claim, { state: settled, deliveries: [target('waiting')], paused });
    clock.advance(60_000);
    expect((await series())[name]).toBe(seconds(paused.since));
    await by.append(claim, { paused: null });
    expect(await series()).not.toHaveProperty([name]);
  });

  it('shows since when a run is stalled, and why, until it goes on', async () => {
    const { journal: by, series } = replica();
    await series();
    const { claim } = await claimedRun(by);
    await by.append(claim, {
      state: { state: 'anchoring', anchor: pin.fingerprint, expected: 'v0' as never },
    });
    const prepared = { state: 'prepared', previous: pin, expected: pin.version } as const;
    await by.append(claim, { state: prepared });
    const { state: _state, ...kept } = prepared;
    const intent = { ...kept, state: 'resetting', intentAt: clock.now(), quietUntil: clock.now() } as const;
    const stalled = { reason: 'upstream_forbidden', detail: 'no', since: clock.now() } as const;
    await by.append(claim, { state: { ...intent, stalled } });
    const name = 'rotor_run_stalled_since_timestamp_seconds{rotation="checkout",reason="upstream_forbidden"}';
    expect(named(await series(), 'rotor_run_stalled')).toEqual({ [name]: seconds(stalled.since) });
    await by.append(claim, { state: intent });
    expect(named(await series(), 'rotor_run_stalled')).toEqual({});
  });

  it('counts the runs that nobody works on', async () => {
    const { journal: by, series } = replica();
    const { claim } = await claimedRun(by);
    expect((await series())['rotor_queue_depth']).toBe(0);
    await by.release(claim);
    expect((await series())['rotor_queue_depth']).toBe(1);
  });

  it('shows a drift as long as it lasts, by rotation and kind', async () => {
    const { series } = replica();
    expect(named(await series(), 'rotor_drift')).toEqual({});
    const found = { kind: 'store_edited', detail: 'x', repair: 'y', adoptable: true, since: 0 } as const;
    drifts.set('checkout', found);
    expect(named(await series(), 'rotor_drift')).toEqual({
      'rotor_drift{rotation="checkout",kind="store_edited"}': 1,
    });
    drifts.clear();
    expect(named(await series(), 'rotor_drift')).toEqual({});
  });

  it('measures no step of a run that began elsewhere', async () => {
    const [one, other] = [replica(), replica()];
    const { claim } = await claimedRun(one.journal);
    await one.journal.release(claim);
    const again = await other.journal.claim();
    if (!again) throw new Error('there is no run to work on');
    await other.journal.append(again, { state: settled });
    expect(named(await other.series(), 'rotor_step_duration')).toEqual({});
    clock.advance(1_000);
    await other.journal.append(again, { state: ended('succeeded') });
    expect((await other.series())['rotor_step_duration_seconds_sum{step="deliver",outcome="done"}']).toBe(1);
  });

  it('shows what the process knows by itself where the journal fails, and nothing stale', async () => {
    const { series } = replica();
    await series();
    journal.landmarks = async () => {
      throw new RotorError('journal_unavailable', 'the disk is gone');
    };
    expect(Object.keys(await series())).toEqual([expect.stringMatching(/^rotor_build_info/)]);
  });

  it('reads a run that has ended once, however often it is asked', async () => {
    const { journal: by, series } = replica();
    await series();
    await (await rotated(by)).end(ended('succeeded'));
    await series();
    const read: string[] = [];
    const runs = journal.runs.bind(journal);
    journal.runs = async (ids) => {
      read.push(...ids);
      return runs(ids);
    };
    expect(named(await series(), 'rotor_rotation_last_outcome')).not.toEqual({});
    expect(read).toEqual([]);
  });
});

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { always } from '../../src/issuers/issuer.js';
import type { Journal } from '../../src/journal/journal.js';
import { KyselyJournal } from '../../src/journal/kysely-journal.js';
import { openSqlite } from '../../src/journal/sqlite.js';
import { systemClock } from '../../src/rotation/clock.js';
import { Engine } from '../../src/rotation/engine.js';
import { RotorError } from '../../src/rotation/errors.js';
import type { Ports } from '../../src/rotation/ports.js';
import { heard } from '../../src/telemetry/journal-listener.js';
import { observer, runLog } from '../../src/telemetry/run-log.js';
import { aRun } from '../contracts/journal.contract.js';
import { FakeSettableIssuer } from '../fakes/fake-issuer.js';
import { FakeStore } from '../fakes/fake-store.js';
import { FakeTarget } from '../fakes/fake-target.js';
import { until } from '../fakes/until.js';
import { FakeProber } from '../rotation/harness.js';

type Line = Readonly<Record<string, unknown>> & {
  readonly event?: { readonly action: string; readonly reason?: string; readonly duration?: number };
};

describe('the log of a run', () => {
  let under: KyselyJournal;
  let journal: Journal;
  let engine: Engine | undefined;
  let lines: Line[];

  beforeEach(async () => {
    lines = [];
    under = await KyselyJournal.open(openSqlite(':memory:', systemClock), systemClock);
    journal = heard(under, [runLog(log())]);
  });
  afterEach(async () => {
    await engine?.stop();
    await under.close();
  });

  const log = () => pino({ base: null }, { write: (line) => void lines.push(JSON.parse(line) as Line) });
  const logged = (action: string): Line[] => lines.filter(({ event }) => event?.action === action);
  const issuer = () => new FakeSettableIssuer({ rollout: 'at_once' });
  const ports = (of: FakeSettableIssuer): Ports => ({
    issuers: always(of),
    store: new FakeStore(of.inForce.reveal()),
    targets: [
      { name: 'web', target: new FakeTarget({ name: 'web', instancesFollow: true }), readyTimeoutMs: 1_000 },
    ],
    prober: new FakeProber(of),
  });
  const work = (clock = systemClock): void => {
    const portsFor = () => ports(issuer());
    engine = new Engine({ journal, clock, random: () => 0, portsFor, observer: observer(log()) });
    engine.start();
  };
  const ended = async (id: string): Promise<void> =>
    until('the run ends', async () => (await journal.find(id))?.state.state === 'ended');

  it('says once that a run has started, with trigger and reason, and once how it ended, with its auth gap', async () => {
    const trigger = { kind: 'schedule', reason: 'too_old' } as const;
    const run = await journal.open(aRun({ trigger }));
    work();
    await ended(run.id);
    const labels = { rotation: 'checkout', run_id: run.id };
    expect(logged('run.started')).toEqual([
      expect.objectContaining({
        msg: 'run started',
        labels,
        event: { action: 'run.started', reason: 'too_old' },
        trigger: 'schedule',
        mode: 'rotate',
      }),
    ]);
    expect(logged('run.ended')).toEqual([
      expect.objectContaining({
        msg: 'run ended',
        labels,
        outcome: 'succeeded',
        auth_gap: { ms: expect.any(Number), resolution_ms: expect.any(Number) },
        event: expect.objectContaining({ outcome: 'success', duration: expect.any(Number) }),
      }),
    ]);
    expect(logged('run.taken_over')).toEqual([]);
  });

  it('says that a run goes on which another process has left', async () => {
    const { id: runId } = await journal.open(aRun());
    expect(await journal.claim()).toEqual({ runId, epoch: 1 });
    await journal.release({ runId, epoch: 1 });
    work();
    await ended(runId);
    expect(logged('run.started')).toEqual([]);
    expect(logged('run.taken_over')).toEqual([
      expect.objectContaining({ labels: { rotation: 'checkout', run_id: runId }, state: 'preparing' }),
    ]);
  });

  it('says nothing of a run that this process takes up again itself, after its journal has failed', async () => {
    const append = under.append.bind(under);
    let failures = 2;
    under.append = async (...entry) => {
      failures -= 1;
      if (failures >= 0) throw new RotorError('journal_unavailable', 'no entry is taken');
      return append(...entry);
    };
    const run = await journal.open(aRun());
    work({ ...systemClock, sleep: async () => undefined });
    await ended(run.id);
    expect(failures).toBeLessThan(0);
    expect(logged('run.started')).toHaveLength(1);
    expect(logged('run.taken_over')).toEqual([]);
  });

  it('says what becomes of each request for approval, of which rotation, by whom and why', async () => {
    const [ada, grace] = [
      { id: 'token ada', name: 'ada' },
      { id: 'token grace', name: 'grace' },
    ];
    const expiresAt = Date.parse('2031-01-02T03:04:05Z');
    const ask = async (rotation: string, ends = expiresAt) => {
      const asked = { rotation, trigger: 'manual', by: ada, reason: 'leak', expiresAt: ends } as const;
      return (await journal.approvals.ask({ ...asked, planDigest: 'd1' })).id;
    };
    const granted = { by: grace, comment: 'seen it' };
    const first = await ask('checkout');
    const run = await journal.open(aRun({ approval: { id: first, granted } }));
    const second = await ask('orders');
    await journal.approvals.reject(second, { by: grace, comment: 'no' });
    const third = await ask('orders');
    await journal.approvals.supersede(third, 'the plan is stale');
    const fourth = await ask('orders', 0);
    await journal.approvals.expire();
    const fifth = await ask('search');
    const other = aRun({ rotation: 'search', storeKey: 'search' });
    const emergency = await journal.open({ ...other, trigger: { ...other.trigger, emergency: [] } });
    const line = (what: string, rotation: string, id: string, reason: string) => ({
      msg: `approval ${what}`,
      event: { action: `approval.${what}`, reason },
      labels: { rotation, approval_id: id },
    });
    expect(lines).toMatchObject([
      {
        ...line('requested', 'checkout', first, 'leak'),
        user: { name: 'ada' },
        plan_digest: 'd1',
        until: '2031-01-02T03:04:05.000Z',
      },
      {
        ...line('granted', 'checkout', first, 'seen it'),
        user: { name: 'grace' },
        labels: { rotation: 'checkout', approval_id: first, run_id: run.id },
      },
      line('requested', 'orders', second, 'leak'),
      { ...line('rejected', 'orders', second, 'no'), user: { name: 'grace' } },
      line('requested', 'orders', third, 'leak'),
      line('superseded', 'orders', third, 'the plan is stale'),
      line('requested', 'orders', fourth, 'leak'),
      line('expired', 'orders', fourth, 'nobody has decided in time'),
      line('requested', 'search', fifth, 'leak'),
      line('superseded', 'search', fifth, `${emergency.id} was started without it`),
    ]);
  });

  it('says that a person has paused or resumed a rotation, why, and until when', async () => {
    const labels = { rotation: 'checkout' };
    const end = Date.parse('2031-01-02T03:04:05Z');
    await journal.act({ what: 'pause', rotation: 'checkout', reason: 'freeze', until: end });
    await journal.act({ what: 'resume', rotation: 'checkout', reason: 'thaw' });
    expect(lines).toMatchObject([
      {
        msg: 'rotation paused',
        labels,
        event: { action: 'rotation.pause', reason: 'freeze' },
        until: '2031-01-02T03:04:05.000Z',
      },
      { msg: 'rotation resumed', labels, event: { action: 'rotation.resume', reason: 'thaw' } },
    ]);
  });
});

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { randomBytes } from 'node:crypto';
import { KyselyJournal } from '../../src/journal/kysely-journal.js';
import { openPostgres } from '../../src/journal/postgres.js';
import { Secret } from '../../src/rotation/secret.js';
import { ApiToken } from '../../src/triggers/api-token.js';
import { LapseTrigger } from '../../src/triggers/approvals/lapse.trigger.js';
import { Rotations } from '../../src/triggers/rotations.js';
import { ScheduleTrigger } from '../../src/triggers/schedule.trigger.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import { startPostgres, type Postgres } from '../journal/postgres.js';
import { openApi } from './api-app.js';
import { HOUR } from './approval-clients.js';

const DAY = 24 * HOUR;
const ROUNDS = 5;

type Replica = { readonly app: NestFastifyApplication; readonly journal: KyselyJournal };

(startPostgres ? describe : describe.skip)('approvals of two replicas on one database', () => {
  let postgres: Postgres;
  let clock: VirtualClock;
  let here: Replica;
  let there: Replica;
  const owner = new Secret(randomBytes(32).toString('hex'));

  beforeAll(async () => {
    if (startPostgres) postgres = await startPostgres({ isDurable: false });
  });
  afterAll(async () => postgres.stop());

  beforeEach(async () => {
    const url = await postgres.database();
    clock = new VirtualClock();
    const replica = async (): Promise<Replica> => {
      const database = await openPostgres(url);
      const subscribed = () => [{ notifier: 'ops', source: 'urn:rotor' }];
      const journal = await KyselyJournal.open(database, clock, { subscribed });
      const apiToken = await ApiToken.open('', owner);
      const approval = { approvers: [], expiresMs: 4 * HOUR };
      return { app: await openApi({ journal, database, clock, apiToken, approval }), journal };
    };
    here = await replica();
    there = await replica();
  });
  afterEach(async () => {
    await Promise.all([here.app.close(), there.app.close()]);
  });

  const post = async ({ app }: Replica, token: string, path: string, payload: object = {}) => {
    const headers = { authorization: `Bearer ${token}` };
    const reply = await app.inject({ method: 'POST', url: `/v1/${path}`, headers, payload });
    return { status: reply.statusCode, body: reply.json<Record<string, unknown>>() };
  };
  const person = async (name: string): Promise<string> => {
    const grants = ['read', 'rotate', 'approve'];
    const made = await post(here, owner.reveal(), 'tokens', { name, grants });
    return String(made.body['token']);
  };
  const told = async (event: string): Promise<number> => {
    const all = await here.journal.notifications.list({ limit: 100 });
    return all.filter(({ name }) => name === event).length;
  };
  const both = async (trigger: typeof ScheduleTrigger | typeof LapseTrigger): Promise<void> => {
    await Promise.all([here.app.get(trigger).tick(), there.app.get(trigger).tick()]);
  };

  it('start one run when two people allow it at the same moment, and again after the run has ended', async () => {
    const [ada, grace, linus] = [await person('ada'), await person('grace'), await person('linus')];
    for (let round = 1; round <= ROUNDS; round += 1) {
      const asked = await post(here, ada, 'rotations/checkout/approvals', { reason: 'leak' });
      const path = `approvals/${String(asked.body['id'])}/approve`;
      const answers = await Promise.all([post(here, grace, path), post(there, linus, path)]);
      expect(answers.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([200, 409]);
      expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({ code: 'approval_ended' });
      expect(await here.journal.list({ limit: 100 })).toHaveLength(round);
      const claim = await here.journal.claim();
      const state = { state: 'ended', outcome: 'failed', reason: 'refused', detail: 'no' } as const;
      if (claim) await here.journal.append(claim, { state });
    }
    expect(await here.journal.verify()).toMatchObject({ faults: [] });
  });

  it('answer one person the same who has asked both', async () => {
    const [ada, grace] = [await person('ada'), await person('grace')];
    const asked = await post(there, ada, 'rotations/checkout/approvals', { reason: 'leak' });
    const path = `approvals/${String(asked.body['id'])}/approve`;
    const [one, other] = await Promise.all([post(here, grace, path), post(there, grace, path)]);
    expect(one).toMatchObject({ status: 200, body: { state: 'granted' } });
    expect(other).toEqual(one);
  });

  it('answer one person the same who has refused by both', async () => {
    const [ada, grace] = [await person('ada'), await person('grace')];
    for (let round = 1; round <= ROUNDS; round += 1) {
      const asked = await post(there, ada, 'rotations/checkout/approvals', { reason: 'leak' });
      const path = `approvals/${String(asked.body['id'])}/reject`;
      const answers = [post(here, grace, path, { reason: 'no' }), post(there, grace, path, { reason: 'no' })];
      const [one, other] = await Promise.all(answers);
      expect(one).toMatchObject({ status: 200, body: { state: 'rejected' } });
      expect(other).toEqual(one);
    }
  });

  it('ask once where both find the token due, start once from the grant, and tell once of its end', async () => {
    const grace = await person('grace');
    await here.app.get(Rotations).dueNow();
    clock.advance(30 * DAY);
    await both(ScheduleTrigger);
    expect(await told('approval.requested')).toBe(1);
    clock.advance(4 * HOUR);
    await both(LapseTrigger);
    expect(await told('approval.expired')).toBe(1);

    clock.advance(DAY);
    await both(ScheduleTrigger);
    const [pending] = await there.journal.approvals.list({ state: 'pending', limit: 2 });
    expect(await post(there, grace, `approvals/${pending?.id}/approve`)).toMatchObject({ status: 200 });
    await both(ScheduleTrigger);
    expect(await told('rotation.started')).toBe(1);
    expect(await here.journal.list({ limit: 10 })).toMatchObject([
      { trigger: { kind: 'schedule', approved: { approval: pending?.id } } },
    ]);
  });
});

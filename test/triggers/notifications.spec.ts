import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { readFileSync } from 'node:fs';
import { Credentials } from '../../src/telemetry/credentials.js';
import { credentialExpiring, rotationRemoved } from '../../src/events/of-the-service.js';
import { REMOVED_AFTER_MS } from '../../src/journal/standings.js';
import { DeclaredTrigger } from '../../src/triggers/declared.trigger.js';
import { ExpiryTrigger } from '../../src/triggers/expiry.trigger.js';
import { claimedRun, refused } from '../contracts/journal.contract.js';
import { notifierOf } from '../notifiers/sending.js';
import { newSigningSecret, Receiver, verified } from '../webhooks/receiver.js';
import { ApiWorld } from './api-world.js';

const DAY = 24 * 60 * 60_000;

let world: ApiWorld;

beforeEach(async () => {
  world = await ApiWorld.open();
});
afterEach(async () => world.close());

type Shown = { id: string; state: string; event: string; problem: string | null };

const list = async (query = '') => {
  const { status, body } = await world.ask('GET', `/v1/notifications${query}`);
  return { status, shown: (body['notifications'] ?? []) as Shown[], next: body['next'] };
};

/** One that was given up. */
const giveUp = async (): Promise<void> => {
  const claim = await world.journal.notifications.claim('ops', 'address');
  if (claim) await world.journal.notifications.failed(claim, { problem: 'answered 500' });
};

const pause = async () => world.ask('POST', '/v1/rotations/checkout/pause', { reason: 'a freeze' });
const resume = async () => world.ask('POST', '/v1/rotations/checkout/resume', {});

it('shows what was given up, and has it sent again', async () => {
  await pause();
  await resume();
  await giveUp();
  const { shown } = await list('?state=dead');
  expect(shown).toMatchObject([{ state: 'dead', event: 'rotation.paused', problem: 'answered 500' }]);
  expect(JSON.stringify(shown)).not.toContain('a freeze');
  const again = await world.ask('POST', `/v1/notifications/${shown[0]?.id}/replay`);
  expect(again).toMatchObject({ status: 202, body: { state: 'waiting', problem: null } });
  expect((await list('?state=dead')).shown).toEqual([]);
});

it('refuses to send again what was not given up, or is not there', async () => {
  await pause();
  const [only] = (await list()).shown;
  const waiting = await world.ask('POST', `/v1/notifications/${only?.id}/replay`);
  expect(waiting).toMatchObject({ status: 409, body: { code: 'not_possible' } });
  const missing = await world.ask('POST', '/v1/notifications/evt_0.ops/replay');
  expect(missing).toMatchObject({ status: 404, body: { code: 'not_found' } });
});

it('pages, newest first, and refuses a state that is none', async () => {
  await pause();
  await resume();
  const first = await list('?limit=1');
  expect(first.shown).toMatchObject([{ event: 'rotation.resumed' }]);
  const second = await list(`?limit=1&after=${String(first.next)}`);
  expect(second).toMatchObject({ shown: [{ event: 'rotation.paused' }], next: null });
  expect((await list('?state=lost')).status).toBe(400);
});

it('tells once that a token is overdue', async () => {
  const tick = async () => world.overdue();
  await tick();
  world.clock.advance(31 * 24 * 60 * 60_000);
  await tick();
  await tick();
  expect((await list()).shown.map(({ event }) => event)).toEqual(['token.overdue']);
});

it('tells once that a token is due whose run somebody holds back, and later that it is overdue', async () => {
  await world.close();
  world = await ApiWorld.open({ renewBeforeMs: 3 * DAY });
  await pause();
  const told = async (days: number): Promise<string[]> => {
    world.clock.advance(days * DAY);
    await world.overdue();
    await world.overdue();
    return (await list()).shown.map(({ event }) => event).toReversed();
  };
  expect(await told(26)).toEqual(['rotation.paused']);
  expect(await told(2)).toEqual(['rotation.paused', 'token.due']);
  expect(await told(3)).toEqual(['rotation.paused', 'token.due', 'token.overdue']);
});

it('tells once of each credential that it ends soon, and of none that was made for a few days', async () => {
  const tick = async () => world.app.get(ExpiryTrigger).tick();
  const told = async () =>
    ((await world.ask('GET', '/v1/notifications')).body['notifications'] as { rotation: string }[]).map(
      ({ rotation: subject }) => subject,
    );
  world.app.get(Credentials).learn('elastic-cloud-api-key', world.clock.now() + 60 * DAY);
  const id = (await world.tokenWith(['read'])).split('_')[1] ?? '';
  world.clock.advance(29 * DAY);
  await world.tokenWith(['pause'], { expiresInDays: 3 });
  await tick();
  expect(await told()).toEqual([]);
  world.clock.advance(2 * DAY);
  await tick();
  expect(await told()).toEqual(['credential elastic-cloud-api-key']);
  world.app.get(Credentials).learn('elastic-cloud-api-key', world.clock.now() + 365 * DAY);
  world.clock.advance(53 * DAY);
  await tick();
  await tick();
  expect(await told()).toEqual([
    'credential elastic-cloud-api-key',
    `credential api-token ${id}`,
    'credential elastic-cloud-api-key',
  ]);
});

describe('what was said of a credential', () => {
  const KEY = 'elastic-cloud-api-key';
  const tick = async () => world.app.get(ExpiryTrigger).tick();
  const learn = (days: number) => world.app.get(Credentials).learn(KEY, world.clock.now() + days * DAY);
  const told = async () =>
    ((await world.ask('GET', '/v1/notifications')).body['notifications'] as Shown[])
      .map(({ event }) => event)
      .toReversed();

  it('ends once where it ends later, and not by what was heard before it was said', async () => {
    learn(20);
    await tick();
    await tick();
    expect(await told()).toEqual(['credential.expiring']);
    learn(365);
    await tick();
    await tick();
    expect(await told()).toEqual(['credential.expiring', 'credential.settled']);
  });

  it('does not end by what a replica has heard before, and is not said again by one that has heard nothing since', async () => {
    const other = credentialExpiring({ kind: KEY, expiresAt: world.clock.now() + 20 * DAY });
    const value = String(world.clock.now() + 20 * DAY);
    learn(365);
    await world.journal.notifications.flip(other.rotation, 'expiry', value, other);
    await tick();
    await tick();
    expect(await told()).toEqual(['credential.expiring']);
    await world.journal.notifications.flipBack(other.rotation, 'expiry', `settled ${value}`, () => undefined);
    learn(20);
    await tick();
    expect(await told()).toEqual(['credential.expiring']);
  });

  it('ends a week after its end, whoever still knows of it', async () => {
    learn(20);
    await tick();
    world.clock.advance(26 * DAY);
    await tick();
    expect(await told()).toEqual(['credential.expiring']);
    world.clock.advance(2 * DAY);
    await tick();
    await tick();
    expect(await told()).toEqual(['credential.expiring', 'credential.settled']);
  });

  it.each([
    ['revoked', async (id: string) => void (await world.ask('DELETE', `/v1/tokens/${id}`))],
    ['over', async () => world.clock.advance(14 * DAY)],
  ])('ends with a token that is %s', async (why, end) => {
    const id = (await world.tokenWith(['read'], { expiresInDays: 90 })).split('_')[1] ?? '';
    world.clock.advance(85 * DAY);
    await tick();
    await tick();
    expect(await told()).toEqual(['credential.expiring']);
    await end(id);
    await tick();
    await tick();
    expect(await told()).toEqual(['credential.expiring', 'credential.settled']);
    const claim = await world.journal.notifications.claim('ops', 'address');
    if (claim) await world.journal.notifications.sent(claim);
    const settled = await world.journal.notifications.claim('ops', 'address');
    expect(JSON.parse(settled?.body ?? '')).toMatchObject({
      subject: `credential api-token ${id}`,
      data: { kind: 'api-token', token: { id, name: 'read' }, why },
    });
  });
});

it('tells once of a rotation that has left the config of every replica, also where it left while nobody ran', async () => {
  const { notifications } = world.journal;
  const trigger = world.app.get(DeclaredTrigger);
  await notifications.declare(['checkout', 'of-yesterday'], rotationRemoved);
  await trigger.tick();
  world.clock.advance(REMOVED_AFTER_MS / 2);
  // Another replica has the config of yesterday.
  await notifications.declare(['checkout', 'of-yesterday'], rotationRemoved);
  world.clock.advance(REMOVED_AFTER_MS / 2);
  await trigger.tick();
  expect((await list()).shown).toEqual([]);
  world.clock.advance(REMOVED_AFTER_MS / 2);
  await trigger.tick();
  await trigger.tick();
  const { shown } = await list();
  expect(shown).toMatchObject([{ event: 'rotation.removed', rotation: 'of-yesterday' }]);
});

it('tells of none that has left the config while a run of it is under way', async () => {
  const trigger = world.app.get(DeclaredTrigger);
  const { claim } = await claimedRun(world.journal, { rotation: 'of-yesterday' });
  const told = async () => (await list()).shown.map(({ event }) => event).toReversed();
  for (const passed of [0, REMOVED_AFTER_MS]) {
    world.clock.advance(passed);
    await trigger.tick();
  }
  await world.journal.append(claim, { state: refused });
  world.clock.advance(REMOVED_AFTER_MS / 2);
  await trigger.tick();
  expect(await told()).toEqual(['rotation.started', 'rotation.failed']);
  world.clock.advance(REMOVED_AFTER_MS / 2);
  await trigger.tick();
  expect(await told()).toEqual(['rotation.started', 'rotation.failed', 'rotation.removed']);
});

describe('a test of a notifier', () => {
  const secret = newSigningSecret();
  let receiver: Receiver;
  let tested: ApiWorld;

  beforeEach(async () => {
    receiver = await Receiver.start();
    const ops = { notifier: notifierOf(receiver, [secret]), source: 'urn:rotor:prod' };
    tested = await ApiWorld.open({ notifiers: new Map([['ops', ops]]) });
  });
  afterEach(async () => {
    await tested.close();
    await receiver.close();
  });

  const test = async (name = 'ops') => tested.ask('POST', `/v1/notifiers/${name}/test`);

  it('sends a signed event, as it is documented, and says what the receiver has answered', async () => {
    const { status, body } = await test();
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { notifier: 'ops', taken: true, answer: 'answered 204', problem: null },
    });
    const event = verified(receiver.received[0], secret);
    expect(event).toMatchObject({
      id: body['eventId'],
      type: 'dev.rotor.notifier.test.v1',
      source: 'urn:rotor:prod',
      subject: 'ops',
      data: { notifier: 'ops', by: 'the owner' },
    });
    const schema = JSON.parse(readFileSync('docs/events/notifier.test.v1.json', 'utf8')) as object;
    expect(new Ajv2020({ formats: { 'date-time': true } }).validate(schema, event)).toBe(true);
  });

  it('is sent once, and says why it was not taken', async () => {
    receiver.answer = (response) => response.writeHead(500).end();
    const { body } = await test();
    expect(body).toMatchObject({
      taken: false,
      answer: null,
      problem: { code: 'upstream_error', detail: expect.stringContaining('500') },
    });
    expect(receiver.received).toHaveLength(1);
    expect((await tested.ask('GET', '/v1/notifications')).body).toMatchObject({ notifications: [] });
  });

  it('names those that there are, where there is none of that name', async () => {
    expect(await test('nope')).toMatchObject({
      status: 404,
      body: { detail: 'there is no notifier "nope"; the config declares ops' },
    });
  });
});

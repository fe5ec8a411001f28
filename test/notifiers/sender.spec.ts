import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type http from 'node:http';
import { GIVEN_UP_AFTER_MS, SENDS_AT_ONCE } from '../../src/notifiers/sender.js';
import { until } from '../fakes/until.js';
import { newSigningSecret, Receiver, verified, type Received } from '../webhooks/receiver.js';
import { notifierOf, Sending } from './sending.js';

const secret = newSigningSecret();
const secrets = [secret];
const MINUTE = 60_000;

const reasonIn = ({ body }: Received): string =>
  (JSON.parse(body) as { data: { reason: string } }).data.reason;
const idOf = ({ headers }: Received): unknown => headers['webhook-id'];

describe('the sender', () => {
  let receiver: Receiver;
  let sending: Sending;
  const others: Receiver[] = [];

  beforeEach(async () => {
    receiver = await Receiver.start();
    sending = await Sending.open('ops');
  });
  afterEach(async () => {
    await sending.close();
    for (const one of [receiver, ...others.splice(0)]) await one.close();
    expect(sending.crashes).toEqual([]);
  });

  const start = (timeoutMs?: number) => sending.start({ ops: notifierOf(receiver, secrets, timeoutMs) });
  const answers = (...statuses: number[]): void => {
    receiver.answer = (response) => response.writeHead(statuses.shift() ?? 204, {}).end();
  };

  it('is exchanged for that of another config, and what it was sending goes out again under its id', async () => {
    const other = await Receiver.start();
    others.push(other);
    // Never answered.
    receiver.answer = () => undefined;
    await sending.say('checkout', 'over');
    const senders = start();
    await sending.passUntil('it is sent', () => receiver.received.length === 1);
    await senders.use(new Map([['ops', notifierOf(other, secrets)]]));
    await sending.passUntil('it is taken', async () => sending.allSent(1));
    const [first, second] = [receiver.received[0], other.received[0]];
    expect(first && second && [idOf(second), second.body]).toEqual(first && [idOf(first), first.body]);
    await senders.stop();
    await senders.use(new Map([['ops', notifierOf(receiver, secrets)]]));
    await sending.say('checkout', 'after its end');
    sending.clock.advance(60 * MINUTE);
    expect(await sending.states()).toEqual(['sent', 'waiting']);
  });

  it('sends a signed CloudEvent whose id is the webhook-id', async () => {
    await sending.say('checkout', 'over');
    start();
    await sending.passUntil('it is sent', async () => sending.allSent(1));
    const [received] = receiver.received;
    expect(verified(received, secret)).toMatchObject({
      specversion: '1.0',
      id: received?.headers['webhook-id'],
      type: 'dev.rotor.rotation.resumed.v1',
      subject: 'checkout',
      data: { reason: 'over' },
    });
    expect(received?.headers['content-type']).toBe('application/cloudevents+json; charset=utf-8');
  });

  it('keeps the order of each rotation, although a try in between fails', async () => {
    answers(500, 503, 204, 500);
    for (const reason of ['1', '2', '3']) await sending.say('checkout', reason);
    start();
    await sending.passUntil('all are sent', async () => sending.allSent(3), MINUTE);
    expect(receiver.received.map(reasonIn)).toEqual(['1', '1', '1', '2', '2', '3']);
    expect(new Set(receiver.received.map(idOf)).size).toBe(3);
    expect(sending.failing).toEqual([1, 2, 1]);
    await until('all are told of', () => sending.sent.length === 3);
  });

  it('waits as long as the receiver asks for', async () => {
    receiver.answer = (response) => response.writeHead(429, { 'retry-after': '1800' }).end();
    await sending.say('checkout', '1');
    start();
    await until('it is refused', () => sending.failing.length === 1);
    const refusedAt = sending.clock.now();
    receiver.answer = (response) => response.writeHead(204).end();
    await sending.passUntil('it is sent', async () => sending.allSent(1), MINUTE);
    expect(sending.clock.now() - refusedAt).toBeGreaterThanOrEqual(30 * MINUTE);
    expect(receiver.received).toHaveLength(2);
  });

  it('gives up after three days, goes on with the next one, and sends it again when it is asked to', async () => {
    receiver.answer = (response) => response.writeHead(500).end();
    await sending.say('checkout', '1');
    start();
    const began = sending.clock.now();
    await sending.passUntil('it is given up', () => sending.dead.length === 1, 10 * MINUTE);
    const took = sending.clock.now() - began;
    expect(took).toBeLessThanOrEqual(GIVEN_UP_AFTER_MS + 10 * MINUTE);
    expect(took).toBeGreaterThan(GIVEN_UP_AFTER_MS - 2 * 60 * MINUTE);
    receiver.answer = (response) => response.writeHead(204).end();
    await sending.say('checkout', '2');
    await sending.passUntil('the next one is sent', async () => (await sending.states())[1] === 'sent');
    const [lost] = await sending.journal.notifications.list({ state: 'dead', limit: 1 });
    expect(lost?.problem).toContain('answered 500');
    await sending.journal.notifications.replay(lost?.id ?? '');
    await sending.passUntil('all are sent', async () => sending.allSent(2));
    expect(reasonIn(receiver.received.at(-1)!)).toBe('1');
  });

  it('sends nothing more to a receiver that is gone, until it is asked to', async () => {
    answers(410);
    await sending.say('checkout', '1');
    await sending.say('checkout', '2');
    start();
    await sending.passUntil('both are given up', () => sending.dead.length === 2);
    expect(receiver.received).toHaveLength(1);
    const [, first] = await sending.journal.notifications.list({ limit: 2 });
    await sending.journal.notifications.replay(first?.id ?? '');
    await sending.say('checkout', '3');
    await sending.passUntil('it goes on', async () => (await sending.states())[2] === 'sent');
    expect(receiver.received.map(reasonIn)).toEqual(['1', '1', '3']);
  });

  it('sends again, under the same id, what a sender did not live to note as sent', async () => {
    await sending.say('checkout', '1');
    const { notifications } = sending.journal;
    const notifier = notifierOf(receiver, secrets);
    const claim = await notifications.claim('ops', notifier.address);
    await notifier.send({ id: claim?.event ?? '', body: claim?.body ?? '' }, new AbortController().signal);
    start();
    await sending.passUntil('it is sent again', async () => sending.allSent(1));
    expect(receiver.received).toHaveLength(2);
    const [first, second] = receiver.received;
    expect(idOf(first!)).toBe(idOf(second!));
    expect(first?.body).toBe(second?.body);
  });

  it('gives back what is under way when it stops, and the next one sends it at once', async () => {
    receiver.answer = () => undefined;
    await sending.say('checkout', '1');
    const first = start();
    await until('it is under way', () => receiver.received.length === 1);
    await first.stop();
    receiver.answer = (response) => response.writeHead(204).end();
    start();
    await until('it is sent', async () => sending.allSent(1));
    expect(receiver.received).toHaveLength(2);
  });

  it('has no more than a few under way to a receiver that hangs, and another receiver does not wait for it', async () => {
    await sending.close();
    sending = await Sending.open('slow', 'quick');
    const hanging: http.ServerResponse[] = [];
    receiver.answer = (response) => void hanging.push(response);
    const quick = await Receiver.start();
    others.push(quick);
    for (let number = 0; number < 3 * SENDS_AT_ONCE; number += 1) await sending.say(`r${number}`, 'over');
    sending.start({ slow: notifierOf(receiver, secrets), quick: notifierOf(quick, secrets) });
    await until('the quick one has all', () => quick.received.length === 3 * SENDS_AT_ONCE);
    expect(receiver.received).toHaveLength(SENDS_AT_ONCE);
    for (const response of hanging) response.writeHead(204).end();
    await until('the slow one goes on', () => receiver.received.length > SENDS_AT_ONCE);
  });
});

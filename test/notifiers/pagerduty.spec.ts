import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { cloudEvent, type CloudEvent } from '../../src/events/cloud-event.js';
import { NOTIFIER_TEST } from '../../src/events/test-schema.js';
import {
  credentialExpiring,
  credentialSettled,
  schedulerGone,
  schedulerResumed,
  schedulerStalled,
} from '../../src/events/of-the-service.js';
import type { EventData, RotorEvent } from '../../src/events/schemas.js';
import { loadConfig } from '../../src/config/index.js';
import { createNotifier, type NotifierConfig } from '../../src/notifiers/index.js';
import { configWith } from '../config/refused.js';
import { errorOf, everythingIn } from '../contracts/target.contract.js';
import { never } from '../fakes/never.js';
import { end, event, everyEvent, run } from './sample.js';
import { LIMITS, PLACE, postingTo, Sending } from './sending.js';
import { PagerDutyService } from './pagerduty-service.js';

const TIME = '2026-01-02T03:00:00.000Z';
const AGE = { tokenSince: TIME, overdueSince: TIME, maxAgeMs: 1 };
const WAIT = { reason: 'upstream_unreachable', since: TIME } as const;

/** As the file declares it. */
function declared(fields = ''): NotifierConfig {
  const head = `notifiers: { page: { type: pagerduty, routingKey: '\${env:PD}'${fields} } }`;
  return loadConfig('rotor.yaml', { text: configWith({ head }) }).notifiers['page'] as NotifierConfig;
}

describe('a notifier of type pagerduty', () => {
  let service: PagerDutyService;

  beforeEach(async () => {
    service = await PagerDutyService.start();
  });
  afterEach(async () => service.close());

  const notifier = (fields = '', key = service.routingKey) => {
    const config = {
      ...declared(fields),
      url: service.url,
      routingKey: PLACE,
      limits: LIMITS,
    } as NotifierConfig;
    return createNotifier(config, postingTo(key, 'https://rotor.example.com'));
  };
  const tell = async (one: CloudEvent, to = notifier()) =>
    to.send({ id: one.id, body: JSON.stringify(one) }, never());
  const openAlerts = (): string[] => [...service.open.keys()];
  const rehearsal = end({ run: run({ mode: 'rehearse' }) });
  const adoption = end({ run: run({ mode: 'adopt' }) });

  it('calls by the name of the rotation when a run failed, with what holds and what comes next', async () => {
    await tell(event('rotation.failed', end({ detail: 'The old token is in force.', code: 'not_accepted' })));
    expect(openAlerts()).toEqual(['urn:rotor/checkout']);
    expect(service.open.get('urn:rotor/checkout')).toMatchObject({
      summary: 'Rotation of checkout failed',
      severity: 'critical',
      source: 'urn:rotor',
      component: 'checkout',
      class: 'rotation.failed',
      custom_details: {
        detail: 'The old token is in force.',
        Code: 'not_accepted',
        next: 'rotor watch run_1',
      },
    });
  });

  it.each([
    ['a run that succeeded', [event('rotation.failed', end()), event('rotation.succeeded', end())], []],
    ['an adoption', [event('rotation.partial', end()), event('rotation.succeeded', adoption)], []],
    [
      'a run that goes on',
      [
        event('rotation.stalled', { run: run(), detail: 'x', ...WAIT }),
        event('rotation.unstalled', { run: run(), ...WAIT }),
      ],
      [],
    ],
    ['a new token', [event('token.overdue', AGE), event('rotation.partial', end())], ['urn:rotor/checkout']],
  ])('resolves by %s what it ends, and nothing else', async (_, events, open) => {
    for (const one of events) await tell(one);
    expect(openAlerts()).toEqual(open);
  });

  it('lets nothing but a new token end one that is too old, and no rehearsal end a failed run', async () => {
    await tell(event('rotation.failed', end()));
    await tell(event('token.overdue', AGE));
    await tell(event('rotation.failed', rehearsal));
    expect(openAlerts()).toHaveLength(3);
    await tell(event('rotation.succeeded', rehearsal));
    expect(openAlerts()).toEqual(['urn:rotor/checkout', 'urn:rotor/checkout/overdue']);
    await tell(event('rotation.succeeded', adoption));
    expect(openAlerts()).toEqual(['urn:rotor/checkout/overdue']);
    await tell(event('rotation.succeeded', end()));
    expect(openAlerts()).toEqual([]);
  });

  it('resolves every alert of a rotation that has left the config, and none of another one', async () => {
    const other = { rotation: 'payments' };
    await tell(event('rotation.failed', end()));
    await tell(event('rotation.failed', rehearsal));
    await tell(event('rotation.stalled', { run: run(), detail: 'x', ...WAIT }));
    await tell(event('token.overdue', AGE));
    await tell(event('token.overdue', AGE, other));
    expect(openAlerts()).toHaveLength(5);
    await tell(event('rotation.removed', { detail: 'x' }));
    expect(openAlerts()).toEqual(['urn:rotor/payments/overdue']);
  });

  it.each([
    [
      'a credential that was renewed',
      credentialExpiring({ kind: 'elastic-cloud-api-key', expiresAt: 0 }),
      credentialSettled({ kind: 'elastic-cloud-api-key' }, 'renewed'),
    ],
    [
      'a stalled process that reads its schedule again',
      schedulerStalled('pod-1', 0, undefined),
      schedulerResumed('pod-1', 0),
    ],
    [
      'a stalled process that is gone',
      schedulerStalled('pod-1', 0, undefined),
      schedulerGone('pod-1', 0, 'pod-2'),
    ],
  ])('resolves the alert of %s', async (_, raised, ended) => {
    const asSent = ({ name, rotation, data }: RotorEvent) => event(name, data, { rotation });
    await tell(asSent(raised));
    expect(openAlerts()).toHaveLength(1);
    await tell(asSent(ended));
    expect(openAlerts()).toEqual([]);
  });

  it('has another key for a credential than for a rotation of its name', async () => {
    const { rotation, data } = credentialExpiring({ kind: 'elastic-cloud-api-key', expiresAt: 0 });
    await tell(event('credential.expiring', data as EventData<'credential.expiring'>, { rotation }));
    expect(openAlerts()).toEqual(['urn:rotor/credential elastic-cloud-api-key/credential']);
    await tell(event('rotation.removed', { detail: 'x' }, { rotation: 'elastic-cloud-api-key' }));
    expect(openAlerts()).toHaveLength(1);
  });

  it('calls for what the file names alone and as badly as it says, and hears of what ends it', async () => {
    const fields = ', on: [token.overdue], severity: { token.overdue: warning }';
    const { on } = declared(fields);
    expect(on).toEqual(['token.overdue', 'rotation.succeeded', 'rotation.partial', 'rotation.removed']);
    const narrow = notifier(fields);
    await tell(event('token.overdue', AGE), narrow);
    expect(await tell(event('drift.ended', { detail: 'x', mendedBy: null }), narrow)).toBe(
      'nobody is called for it',
    );
    expect(service.open.get('urn:rotor/checkout/overdue')?.severity).toBe('warning');
    await tell(event('rotation.partial', end()), narrow);
    expect(openAlerts()).toEqual([]);
  });

  it('takes every event, however long its texts are', async () => {
    for (const one of everyEvent('long <&> '.repeat(2_000))) await tell(one);
    expect(service.taken.length).toBeGreaterThan(10);
  });

  it('is tried by an alert that resolves itself at once', async () => {
    const data = { notifier: 'page', by: 'ada' };
    const test = cloudEvent({
      id: 'evt_1',
      source: 'urn:rotor',
      name: NOTIFIER_TEST,
      rotation: 'page',
      at: 0,
      data,
    });
    expect(await tell(test)).toContain('severity info');
    expect(service.taken).toEqual(['trigger urn:rotor/test/evt_1', 'resolve urn:rotor/test/evt_1']);
    expect(openAlerts()).toEqual([]);
  });

  it('gives up at once what PagerDuty calls invalid, in its words and without the key', async () => {
    const wrong = randomBytes(16).toString('hex');
    const sending = await Sending.open('page');
    await sending.journal.notifications.flip('checkout', 'overdue', 'x', {
      name: 'token.overdue',
      rotation: 'checkout',
      data: AGE,
    });
    sending.start({ page: notifier('', wrong) });
    await sending.passUntil('it is given up', () => sending.dead.length === 1);
    await sending.close();
    expect(sending.dead[0]).toContain("answered 400. It says: 'routing_key' [secret] is invalid");
  });

  it.each([
    [429, 'upstream_rate_limited'],
    [500, 'upstream_error'],
    [200, 'upstream_malformed'],
  ])('takes %s for no acceptance', async (status, code) => {
    service.answers.push((response) => response.writeHead(status).end());
    expect(await errorOf(tell(event('rotation.failed', end())))).toMatchObject({ code });
  });

  it('sends nothing with what is no key, and does not print it', async () => {
    const error = await errorOf(tell(event('rotation.failed', end()), notifier('', 'a-short-secret')));
    expect(error.code).toBe('config_invalid');
    expect(everythingIn(error)).not.toContain('a-short-secret');
  });
});

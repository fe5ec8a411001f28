import { createHash } from 'node:crypto';
import type { CloudEvent } from '../../events/cloud-event.js';
import { nameOf } from '../../events/cloud-event.js';
import { shortened } from '../../rotation/well-formed.js';
import { linkTo, type Links } from '../links.js';
import { saidOf } from '../said.js';
import type { Alert } from './alerts.js';

/** Of a summary and of a key: https://developer.pagerduty.com/docs/send-alert-event */
const SUMMARY_CHARS = 1_024;
const KEY_CHARS = 255;
/** An event may have 512 kB; nobody who is called out reads as much. */
const DETAIL_CHARS = 4_000;

/** The body of a POST but for its routing key. */
export function alertEvent(event: CloudEvent, alert: Alert, links: Links): object {
  const { source, subject, time, type } = event;
  const key = { event_action: alert.action, dedup_key: keyOf(source, subject, alert.problem) };
  if (alert.action === 'resolve') return key;
  const { title, detail, facts, next, run } = saidOf(event);
  const details = { ...(detail !== undefined && { detail }), ...(next !== undefined && { next }) };
  const texts = [...Object.entries(details), ...facts].map(
    ([label, text]) => [label, shortened(text, DETAIL_CHARS)] as const,
  );
  const link = linkTo(run, links);
  return {
    ...key,
    client: 'Rotor',
    ...(link !== undefined && { client_url: link, links: [{ href: link, text: run }] }),
    payload: {
      summary: shortened(title, SUMMARY_CHARS),
      timestamp: time,
      severity: alert.severity,
      source,
      component: subject,
      class: nameOf(type),
      custom_details: Object.fromEntries(texts),
    },
  };
}

/** What is sent to see whether anything arrives: an alert that says so, and its end. */
export function testEvents({ id, source, time }: CloudEvent): readonly object[] {
  const key = { dedup_key: keyOf(source, 'test', id) };
  const payload = {
    summary: 'Nothing has happened: somebody tries Rotor',
    severity: 'info',
    source,
    timestamp: time,
  };
  return [
    { ...key, event_action: 'trigger', client: 'Rotor', payload },
    { ...key, event_action: 'resolve' },
  ];
}

/** The rotation, and behind it what is wrong where that has an end of its own. */
function keyOf(source: string, subject: string, problem: string): string {
  const key = [source, subject, ...(problem === 'run' ? [] : [problem])].join('/');
  return key.length <= KEY_CHARS ? key : createHash('sha256').update(key).digest('hex');
}

import { expect, it } from '@jest/globals';
import { loadConfig } from '../../src/config/index.js';
import { subscribedBy } from '../../src/wiring/webhooks.js';
import { configWith } from '../config/refused.js';

const notifier = (on: string) =>
  `{ type: webhook, url: https://hooks.example.com/, secret: '\${env:HOOK}', on: [${on}] }`;
const head = [
  'notifiers:',
  `  ops: ${notifier("'*'")}`,
  `  page: ${notifier('rotation.failed')}`,
  `  owners: ${notifier('credential.expiring')}`,
].join('\n');

it('of a rotation those hear whom it names, and of the service whoever wants to', () => {
  const subscribed = subscribedBy(
    loadConfig('rotor.yaml', { text: configWith({ head, rotation: 'notify: [page]' }) }),
  );
  const told = (subject: string, event: Parameters<typeof subscribed>[1]) =>
    subscribed(subject, event).map(({ notifier: one }) => one);
  expect(told('checkout', 'rotation.failed')).toEqual(['page']);
  expect(told('checkout', 'rotation.started')).toEqual([]);
  expect(told('credential elastic-cloud-api-key', 'credential.expiring')).toEqual(['ops', 'owners']);
  expect(told('a-rotation-that-is-gone', 'rotation.removed')).toEqual(['ops']);
});

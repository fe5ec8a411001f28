import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { closedPort } from '../http/local-servers.js';
import { NotifyingService } from './notifying-service.js';

describe('the service', () => {
  let home: NotifyingService;

  beforeEach(async () => {
    home = await NotifyingService.open();
  });
  afterEach(() => home.close());

  it('goes on with its runs while a receiver is dead, and says so', async () => {
    const started = await home.start(`https://127.0.0.1:${await closedPort()}/`);
    await started.isReady();
    await started.rotate('checkout');
    const trouble = await started.says('notification.trouble');
    expect(JSON.stringify(trouble)).toContain('no connection could be opened');
    const metrics = await started.text('/metrics');
    expect(metrics).toMatch(/^rotor_notification_queue\{notifier="ops",state="waiting"\} [1-9]/m);
    expect(metrics).toMatch(/^rotor_notification_waiting_since_timestamp_seconds\{notifier="ops"\} \d/m);
    expect(metrics).not.toMatch(/state="dead"/);
    await started.says('run.trouble');
    expect(await started.get('/readyz')).toMatchObject({ status: 200 });
  });
});

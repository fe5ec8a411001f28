import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '../fakes/until.js';
import { Service } from '../serve/service.js';
import { Driver, Tally } from './driver.js';
import { DrivenWorld } from './world.js';

describe('the service, beside a rotation that AWS drives', () => {
  let folder: string;
  let world: DrivenWorld;
  let service: Service;
  let driver: Driver;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rotor-driven-'));
    world = await DrivenWorld.start('elastic-cloud');
    driver = new Driver(world.secret(), new Tally());
    await writeFile(join(folder, 'ca.pem'), world.sandbox.caPem);
    const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = process.env;
    const env = { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, EC_API_KEY: world.sandbox.cloud.apiKey };
    service = await Service.start(folder, join(folder, 'state'), { config: config(), env });
    await service.isReady();
  });

  afterEach(async () => {
    await service.end();
    await world.close();
    await rm(folder, { recursive: true });
  });

  it('delivers each token that AWS has made current, and starts no rotation', async () => {
    await delivered();
    const resets = world.ledger.of('token.reset').length;
    await driver.finish(await driver.begin());
    await delivered();
    expect(world.ledger.of('token.reset')).toHaveLength(resets + 1);
    const refused = await service.rotate('checkout');
    expect(refused).toMatchObject({ status: 409, body: { code: 'not_possible' } });
  });

  /** What the agents read is what consumers of the secret read, which is in force. */
  async function delivered(): Promise<void> {
    const token = world.deployment.currentToken();
    const read = async () => readFile(join(folder, 'token'), 'utf8').catch(() => '');
    await until('the token is delivered', async () => (await read()).trim() === token, 40_000);
    expect(driver.secret.view.current()).toBe(token);
  }

  function config(): object {
    const tls = { caFile: join(folder, 'ca.pem') };
    return {
      cloud: { endpoint: world.sandbox.cloud.url, apiKey: '${env:EC_API_KEY}', tls },
      rotations: [
        {
          name: 'checkout',
          select: { deployment: 'checkout-prod' },
          watch: { interval: '1s', onDrift: 'alert' },
          verify: { probes: 3, settleReads: 1 },
          store: { ...driver.secret.config, tls },
          apmServer: { tls },
          targets: [{ type: 'file', path: join(folder, 'token') }],
        },
      ],
    };
  }
});

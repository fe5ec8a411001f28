import { afterEach, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SECRET_ID, ROTATION } from '../../src/demo/config.js';
import { startWorld, type DemoWorld } from '../../src/demo/world.js';
import { METRICS } from '../../src/telemetry/metrics.js';
import { TOKEN_FILE } from '../../src/triggers/api-token.js';
import { until } from '../fakes/until.js';
import { PROGRAMS } from '../sandbox/agents-world.js';

const WITHIN_MS = 50_000;
/** Of a histogram these are what its name stands for. */
const SUFFIXES = /_(bucket|sum|count)$/;

/** Each scrape of a service, and what has been seen on any of them. */
class Scraper {
  readonly #seen = new Set<string>();
  text = '';

  constructor(private readonly world: DemoWorld) {}

  async scrape(): Promise<string> {
    const { address } = await this.world.daemon.client();
    const token = await readFile(join(this.world.folder, 'state', TOKEN_FILE), 'utf8');
    const headers = { authorization: `Bearer ${token.trim()}` };
    const response = await fetch(new URL('/metrics', address), { headers });
    this.text = await response.text();
    for (const name of this.#named(/^(\w+)[ {]/gm)) this.#seen.add(name.replace(SUFFIXES, ''));
    return this.text;
  }

  async until(what: RegExp): Promise<void> {
    await until(`/metrics shows ${what}`, async () => what.test(await this.scrape()), WITHIN_MS, 100);
  }

  get seen(): string[] {
    return [...this.#seen].filter((name) => /^(rotor|http)_/.test(name)).toSorted();
  }

  get declared(): string[] {
    return this.#named(/^# TYPE ((?:rotor|http)_\w+) /gm).toSorted();
  }

  #named(pattern: RegExp): string[] {
    return [...this.text.matchAll(pattern)].map(([, name]) => name ?? '');
  }
}

describe('/metrics of a live service', () => {
  let world: DemoWorld | undefined;
  afterEach(async () => world?.close(false));

  it('shows every declared metric once its value has come to be, and no other of its own', async () => {
    world = await startWorld({ seed: 7, real: 0, simulated: 2, programs: PROGRAMS });
    const { sandbox, secrets, daemon } = world;
    const scraper = new Scraper(world);
    // Whoever has no notifier has nothing to tell; see the specs of the service and of its outbox. In a single wave no
    // delivery is held back. No rotation of this world needs an approval.
    const all = Object.values(METRICS).map(({ name }) => name);
    const ofOthers = all.filter((name) => /^rotor_(notification|deliveries_paused|approvals)/.test(name));
    await scraper.scrape();
    expect(scraper.declared).toEqual(all.toSorted());
    expect(scraper.seen).not.toContain('rotor_rotation_last_outcome');

    const client = await daemon.client();
    await client.createToken({ name: 'ci', grants: ['read'] });
    await client.start(ROTATION, 'rotate', 'test');
    await scraper.until(/^rotor_rotation_last_outcome\{.*outcome="succeeded",step="deliver"\} 1$/m);
    await scraper.until(/^rotor_scheduler_last_tick_timestamp_seconds \d/m);
    for (const system of ['elastic-cloud', 'apm-server', 'aws-secrets-manager'])
      expect(scraper.text).toMatch(
        new RegExp(`^rotor_upstream_requests_total\\{system="${system}",code="200"\\} [1-9]`, 'm'),
      );
    // Nothing else is asked here: what is not recognised would be counted so.
    expect(scraper.text).not.toMatch(/system="other"/);
    expect(scraper.text).toMatch(/^rotor_auth_gap_seconds\{rotation="checkout"\} [\d.]+$/m);

    void secrets.moveLabelBySomeoneElse(SECRET_ID);
    await scraper.until(/^rotor_drift\{rotation="checkout",kind="store_edited"\} 1$/m);
    await scraper.until(/^rotor_runs_total\{rotation="checkout",trigger="watch",outcome="succeeded"\} 1$/m);

    // The key stops working between the reset and the look at what has become of it.
    let mend = (): void => undefined;
    const run = (): void => {
      const effect = { kind: 'status', status: 403 } as const;
      mend = () => rule.remove();
      const rule = sandbox.faults.add({ operation: 'get-deployment', times: Infinity, effect });
    };
    const reset = 'deployment-apm-reset-secret-token';
    sandbox.faults.add({ operation: reset, effect: { kind: 'before-reply', run } });
    await client.start(ROTATION, 'rotate', 'test');
    await scraper.until(/^rotor_run_stalled_since_timestamp_seconds\{rotation="checkout",reason="\w+"\} \d/m);
    mend();
    expect(scraper.seen).toEqual(all.filter((name) => !ofOthers.includes(name)).toSorted());
  });
});

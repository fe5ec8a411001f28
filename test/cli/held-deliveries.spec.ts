import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Claim } from '../../src/journal/journal.js';
import { claimedRun, pin, settled } from '../contracts/journal.contract.js';
import { until } from '../fakes/until.js';
import { ApiWorld } from '../triggers/api-world.js';
import { rotorHere } from './in-process.js';

describe('a run whose deliveries are paused', () => {
  let world: ApiWorld;
  let claim: Claim;
  let env: Record<string, string>;
  beforeAll(async () => {
    world = await ApiWorld.open();
    await world.app.listen(0, '127.0.0.1');
    env = { ROTOR_ADDR: (await world.app.getUrl()).replace('[::1]', '127.0.0.1'), ROTOR_TOKEN: world.token };
    ({ claim } = await claimedRun(world.journal));
    const { fingerprint } = pin;
    const waiting = { target: 'web', state: 'waiting', fingerprint, tries: 0 } as const;
    const paused = { since: world.clock.now(), reason: 'an incident', by: 'ada' };
    await world.journal.append(claim, { state: settled, deliveries: [waiting], paused });
  });
  afterAll(async () => world.close());

  const run = async (...args: string[]) => rotorHere(args, env);

  it('says that they are, since when, by whom and why, and what to do', async () => {
    const since = new Date(world.clock.now()).toISOString();
    const { runId } = claim;
    const next = `next: rotor resume ${runId} · rotor cancel ${runId}`;
    const all = await run('status');
    expect(all.stdout).toContain('deliveries paused');
    expect(all.stdout).toContain(
      `deliveries of ${runId} paused since ${since} by ada: an incident\n  ${next}`,
    );
    const one = await run('status', 'checkout');
    expect(one.stdout).toContain(`paused since ${since} by ada: an incident`);
    expect(one.stdout).toContain(next);
    expect(one.stdout).toContain('\ncheckout has deliveries paused; token ');
    expect((await run('runs')).stdout).toMatch(/ paused /);
  });

  it('says of one rotation too that it is paused, until when and why, and when it starts next', async () => {
    await run('pause', 'checkout', '--reason', 'a freeze', '--until', '2099-01-01T00:00:00Z');
    const { stdout } = await run('status', 'checkout');
    expect(stdout).toMatch(/^checkout has deliveries paused; token [0-9a-f]{8}; next start: \S/m);
    expect(stdout).toContain(
      'checkout is paused until 2099-01-01T00:00:00.000Z: a freeze\n  next: rotor resume checkout',
    );
    await run('resume', 'checkout');
    expect((await run('status', 'checkout')).stdout).not.toContain('a freeze');
  });

  it('ends `rotor resume` with an exit code of its own where they stay paused', async () => {
    const answer = async (change: object): Promise<void> => {
      await until('it is asked', async () => (await world.journal.find(claim.runId))?.asked !== undefined);
      await world.journal.append(claim, { asked: null, ...change });
    };
    const [declined] = await Promise.all([run('resume', claim.runId), answer({ note: 'they stay paused' })]);
    expect(declined).toMatchObject({ exit: 7, stdout: expect.stringContaining('they stay paused') });
    const [resumed] = await Promise.all([run('resume', claim.runId), answer({ paused: null })]);
    expect(resumed.exit).toBe(0);
  });

  it('and with another one where somebody has cancelled them instead, whom it names', async () => {
    const { fingerprint } = pin;
    const waiting = { target: 'web', state: 'waiting', fingerprint, tries: 0 } as const;
    const paused = { since: world.clock.now(), reason: 'an incident', by: 'ada' };
    await world.journal.append(claim, { deliveries: [waiting], paused });
    const cancel = async (): Promise<void> => {
      await until('it is asked', async () => (await world.journal.find(claim.runId))?.asked !== undefined);
      await world.ask('POST', `/v1/runs/${claim.runId}/cancel`, { reason: 'not today' });
      const detail = 'not begun, because bob stopped the deliveries';
      const skipped = { ...waiting, state: 'skipped', detail } as const;
      await world.journal.append(claim, { asked: null, paused: null, deliveries: [skipped] });
    };
    const [overruled] = await Promise.all([run('resume', claim.runId), cancel()]);
    expect(overruled).toMatchObject({
      exit: 4,
      stderr: expect.stringContaining('do not go on; web: not begun, because bob stopped the deliveries'),
    });
  });

  it('a rotation that is not paused is not resumed, and nothing is noted of it', async () => {
    const acts = (await world.dump()).acts.length;
    const resumed = await run('resume', 'checkout');
    expect(resumed).toMatchObject({
      exit: 0,
      stderr: expect.stringContaining('checkout was not paused: nothing was changed'),
    });
    expect((await world.dump()).acts).toHaveLength(acts);
  });
});

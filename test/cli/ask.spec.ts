import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { ROTATION } from '../../src/demo/config.js';
import { whatHolds } from '../../src/demo/count.js';
import { startWorld, type DemoWorld } from '../../src/demo/world.js';
import type { RunView } from '../../src/triggers/run-view.js';
import { TOKEN_FILE } from '../../src/triggers/api-token.js';
import { PROGRAMS } from '../sandbox/agents-world.js';
import { rotor } from './rotor-command.js';

/** The real service, in a world whose key may read Fleet's policies and not write them. */
describe('a run that is stalled', () => {
  let world: DemoWorld;
  let run: RunView;

  beforeEach(async () => {
    world = await startWorld({ seed: 1, issuer: 'fleet', real: 0, simulated: 1, programs: PROGRAMS });
    world.deployment.kibana.allow({ integrations: 'read' });
    const client = await world.daemon.client();
    const { id } = await client.start(ROTATION, 'rotate', 'test');
    run = await untilStalled(id);
  });
  afterEach(async () => world.close(false));

  async function untilStalled(id: string): Promise<RunView> {
    const client = await world.daemon.client();
    let seen = await client.run(id);
    while (seen.stalled === null) seen = await client.run(id, { since: seen.seq, seconds: 20 });
    return seen;
  }

  const ask = async (...flags: string[]) => {
    const { address } = await world.daemon.client();
    const token = join(world.folder, 'state', TOKEN_FILE);
    return rotor(flags, { ROTOR_ADDR: address, ROTOR_TOKEN_FILE: token });
  };

  it('says what can be asked of it; goes on at once when it is asked to try again, and back when it is asked for that', async () => {
    expect(run.mayAsk).toEqual(['retry', 'cancel', 'adopt', 'rollback']);

    const declined = await ask('resolve', run.id, '--adopt');
    expect(declined).toMatchObject({ exit: 7 });
    expect(declined.stdout).toContain('what a person asked was not done');
    const early = await ask('retry', run.id);
    expect(early).toMatchObject({ exit: 8 });
    expect(early.stdout).toContain('a person asked to try again now');
    const impossible = await ask('resolve', run.id, '--reset-again');
    expect(impossible).toMatchObject({ exit: 7, stdout: '' });
    expect(impossible.stderr).toContain('the token is one that Rotor sets, so nothing is reset');
    const unclear = await ask('resolve', run.id, '--adopt', '--rollback');
    expect(unclear).toMatchObject({ exit: 2 });
    expect(unclear.stderr).toContain('2 are given');

    await untilStalled(run.id);
    world.deployment.kibana.allow({ integrations: 'all' });
    const back = await ask('resolve', run.id, '--rollback', '--watch', '--reason', 'not today');
    expect(back).toMatchObject({ exit: 1 });
    expect(back.stderr).toMatch(/failed \(rolled back\).*a person asked to go back, so \w{8} was set again/s);
    expect(whatHolds(world.deployment, world.secrets)).toMatchObject({
      acceptedIsCurrent: true,
      accepted: 1,
    });

    const again = await ask('retry', run.id, '--watch', '--json');
    expect(again).toMatchObject({ exit: 0 });
    expect(JSON.parse(again.stdout)).toMatchObject({
      outcome: 'succeeded',
      trigger: { reason: `again after ${run.id}: on demand` },
    });
    expect((await ask('retry', (JSON.parse(again.stdout) as RunView).id)).stderr).toContain('has succeeded');
  });
});

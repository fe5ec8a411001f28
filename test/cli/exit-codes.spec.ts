import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Outcome } from '../../src/rotation/run.js';
import { claimedRun, pin, settled } from '../contracts/journal.contract.js';
import { DAY } from '../rotation/schedule/policies.js';
import { ApiWorld } from '../triggers/api-world.js';
import { rotorHere } from './in-process.js';

/** Nothing is asked where the key is not there. */
const KEYLESS = `version: 1
cloud: { apiKey: '\${env:EC_API_KEY}' }
rotations:
  - name: checkout
    select: { deployment: checkout-prod }
    store: { type: aws-secrets-manager, secretId: prod/apm/checkout, region: eu-central-1 }
    targets: []
`;

// 130, of questions that somebody stops: init.spec.ts; 3 of `verify` and `where`: evidence.spec.ts, where-table.spec.ts.
describe('the exit code of a command', () => {
  let world: ApiWorld;
  let folder: string;
  let env: Record<string, string>;
  /** In the place of a name in capitals. */
  const named: Record<string, string> = {};

  beforeAll(async () => {
    const others = { search: {}, docs: {}, held: { tier: '1' } };
    world = await ApiWorld.open({ others });
    await world.app.listen(0, '127.0.0.1');
    folder = await mkdtemp(join(tmpdir(), 'rotor-exits-'));
    const address = (await world.app.getUrl()).replace('[::1]', '127.0.0.1');
    env = { ROTOR_ADDR: address, ROTOR_TOKEN: world.token, HOME: folder };
    await world.ask('GET', '/v1/rotations');
    world.clock.advance(31 * DAY);
    named['SUCCEEDED'] = await ended('succeeded');
    named['PARTIAL'] = await ended('partial');
    named['FAILED'] = await ended('failed');
    await world.ask('POST', '/v1/rotations/held/pause', { reason: 'freeze' });
    named['READER'] = await world.tokenWith(['read']);
    named['WRONG'] = join(folder, 'wrong.yaml');
    named['KEYLESS'] = join(folder, 'keyless.yaml');
    await writeFile(named['WRONG'], 'version: 1\nrotations: 7\n');
    await writeFile(named['KEYLESS'], KEYLESS);
    await world.ask('POST', '/v1/rotations/docs/runs', {});
  });
  afterAll(async () => {
    await world.close();
    await rm(folder, { recursive: true });
  });

  async function ended(outcome: Exclude<Outcome, 'cancelled'>): Promise<string> {
    const { run, claim } = await claimedRun(world.journal);
    if (outcome !== 'failed') await world.journal.append(claim, { state: settled });
    const current = outcome === 'failed' ? {} : { current: pin };
    const reason = { succeeded: {}, partial: { reason: 'targets_failed' }, failed: { reason: 'refused' } };
    const end = { state: 'ended', outcome, detail: 'over', ...current, ...reason[outcome] } as const;
    await world.journal.append(claim, { state: end as never });
    return run.id;
  }

  it.each([
    [0, 'done', 'watch SUCCEEDED'],
    [0, 'nothing is due', 'plan checkout'],
    [1, 'it failed', 'watch FAILED'],
    [2, 'the command cannot be understood', 'rotate'],
    [2, 'the config is invalid', 'validate --config WRONG'],
    [2, 'there is nothing of that name', 'plan nope'],
    [3, 'a rotation is due', 'plan search'],
    [3, 'one of all is due', 'plan'],
    [3, 'one is due and held back', 'plan held'],
    [3, 'a check has failed', 'doctor --config KEYLESS'],
    [4, 'targets are behind', 'watch PARTIAL'],
    [5, 'the token is wrong', 'status', { ROTOR_TOKEN: 'rot_wrong' }],
    [5, 'the token may not do that', 'rotate search', { ROTOR_TOKEN: 'READER' }],
    [6, 'no service answers', 'status', { ROTOR_ADDR: 'http://127.0.0.1:9' }],
    [7, 'a pause stands in the way', 'rotate held'],
    [7, 'another run stands in the way', 'rotate docs'],
    [2, 'an emergency has no reason', 'rotate held --emergency'],
    [0, 'an emergency waits for no pause', 'rotate held --emergency --reason leak'],
    [8, 'it goes on when the time is over', 'adopt search --wait --timeout 50ms'],
  ] as [number, string, string, Record<string, string>?][])(
    'is %i: %s (rotor %s)',
    async (exit, _when, command, over = {}) => {
      const word = (text: string): string => named[text] ?? text;
      const around = Object.fromEntries(Object.entries(over).map(([key, value]) => [key, word(value)]));
      const said = await rotorHere(command.split(' ').map(word), { ...env, ...around });
      expect(said).toMatchObject({ exit });
    },
  );

  it('says before an emergency what each of them skips, also of all that have a label', async () => {
    const one = await rotorHere(['rotate', 'held', '--emergency', '--reason', 'leak'], env);
    expect(one.stderr).toMatch(/^held skips the pause: freeze$/m);
    const all = ['rotate', '--all', '-l', 'tier=1', '--emergency', '--reason', 'leak'];
    const unsaid = await rotorHere(all, env);
    expect(unsaid).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('held skips the pause: freeze'),
    });
    expect(unsaid.stderr).toContain('this would rotate held: 1 in all');
    const several = await rotorHere([...all, '--yes', '-o', 'name'], env);
    expect(several).toMatchObject({ exit: 7, stderr: expect.stringContaining('held: run_') });
  });
});

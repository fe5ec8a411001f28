import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROTATION } from '../../src/demo/config.js';
import { whatHolds } from '../../src/demo/count.js';
import { startWorld, type DemoWorld } from '../../src/demo/world.js';
import { restore } from '../../src/journal/restore.js';
import type { RunView } from '../../src/triggers/run-view.js';
import { PROGRAMS } from '../sandbox/agents-world.js';

const LONGEST_MS = 120_000;
let world: DemoWorld;

beforeAll(async () => {
  world = await startWorld({ seed: 31, real: 0, simulated: 1, programs: PROGRAMS });
}, LONGEST_MS);
afterAll(async () => world.close(false), LONGEST_MS);

const inState = async (id: string, ...states: readonly string[]): Promise<RunView> => {
  for (
    let run = await world.daemon.run(id);
    ;
    run = await world.daemon.run(id, { since: run.seq, seconds: 20 })
  )
    if ([...states, 'ended'].includes(run.state)) return run;
};

it(
  'a service on the copy that was taken in the middle of a run takes that run to its end',
  async () => {
    const { daemon, folder, deployment, secrets } = world;
    const client = await daemon.client();
    const { id } = await client.start(ROTATION, 'rotate', 'a backup in its middle');
    expect((await inState(id, 'accepting')).state).toBe('accepting');
    const copy = join(folder, 'copy.db');
    expect(await client.backup(copy)).toBeGreaterThan(0);
    await daemon.stop();

    const journal = join(folder, 'state', 'journal.db');
    expect(restore(copy, journal, Date.now())).toMatchObject({ runs: 1 });
    await daemon.start();
    expect(await inState(id)).toMatchObject({ state: 'ended', outcome: 'succeeded' });
    expect(whatHolds(deployment, secrets)).toMatchObject({ acceptedIsStored: true, acceptedIsCurrent: true });
    expect(await (await daemon.client()).audit()).toMatchObject({ faults: [] });
  },
  LONGEST_MS,
);

it(
  'a run whose rotation is taken from the config in its middle goes on to its end, and all of its targets',
  async () => {
    const { daemon, folder, deployment, secrets } = world;
    const file = join(folder, 'rotor.yaml');
    const declared = await readFile(file, 'utf8');
    const client = await daemon.client();
    const { id } = await client.start(ROTATION, 'rotate', 'its rotation goes');
    expect((await inState(id, 'accepting')).state).toBe('accepting');
    await writeFile(file, declared.replace(`name: ${ROTATION}\n`, 'name: another\n'));
    // Or it was quicker by itself.
    await client.reloadConfig();
    expect((await client.rotations()).map(({ name }) => name)).toEqual(['another']);
    // It is the same secret.
    await expect(client.start('another', 'rotate', 'too early')).rejects.toMatchObject({
      code: 'rotation_in_progress',
    });
    const ended = await inState(id);
    expect(ended).toMatchObject({ state: 'ended', outcome: 'succeeded' });
    expect(ended.deliveries).toMatchObject([{ state: 'converged' }]);
    expect(whatHolds(deployment, secrets)).toMatchObject({ acceptedIsStored: true, acceptedIsCurrent: true });
    await writeFile(file, declared);
    await client.reloadConfig();
    expect((await client.rotations()).map(({ name }) => name)).toEqual([ROTATION]);
  },
  LONGEST_MS,
);

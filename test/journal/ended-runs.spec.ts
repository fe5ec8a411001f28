import { describe, expect, it } from '@jest/globals';
import { EndedRuns } from '../../src/journal/ended-runs.js';
import type { Run, RunState } from '../../src/rotation/run.js';

const ENDED: RunState = { state: 'ended', outcome: 'succeeded', detail: 'done' };

const runIn = (id: string, state: RunState): Run => ({
  id,
  rotation: 'checkout',
  mode: 'rotate',
  trigger: { kind: 'api', reason: 'test' },
  storeKey: 'store',
  spec: {},
  policy: {} as Run['policy'],
  state,
  deliveries: [],
  measure: {},
  startedAt: 0,
});

/** A journal that says what it was asked to read. */
class Shelf {
  readonly read: string[] = [];
  readonly runs = new Map<string, Run>();
  readonly ended = new EndedRuns(async (ids) => {
    this.read.push(...ids);
    return ids.flatMap((id) => this.runs.get(id) ?? []);
  });

  put(id: string, state: RunState): void {
    this.runs.set(id, runIn(id, state));
  }

  async statesOf(...ids: string[]): Promise<string[]> {
    return (await this.ended.withThese(ids)).map(({ id, state }) => `${id} ${state.state}`).toSorted();
  }
}

describe('runs that are asked for again and again', () => {
  it('are read once where they have ended, and anew while they go on', async () => {
    const shelf = new Shelf();
    shelf.put('over', ENDED);
    shelf.put('on', { state: 'preparing' });
    expect(await shelf.statesOf('over', 'on')).toEqual(['on preparing', 'over ended']);
    shelf.put('on', ENDED);
    expect(await shelf.statesOf('over', 'on')).toEqual(['on ended', 'over ended']);
    await shelf.statesOf('over', 'on');
    expect(shelf.read).toEqual(['over', 'on', 'on']);
  });

  it('are forgotten sooner where they are large', async () => {
    const shelf = new Shelf();
    const detail = 'x'.repeat(3_000_000);
    const ids = Array.from({ length: 20 }, (_, index) => `run-${index}`);
    for (const id of ids) shelf.put(id, { ...ENDED, detail });
    await shelf.statesOf(...ids);
    shelf.read.length = 0;
    await shelf.statesOf('run-19', 'run-11');
    expect(shelf.read).toEqual([]);
    await shelf.statesOf('run-0');
    expect(shelf.read).toEqual(['run-0']);
  });

  it('are left out where there are none', async () => {
    expect(await new Shelf().statesOf('nobody')).toEqual([]);
  });

  it('are forgotten before those that were asked for later, so that there are never too many', async () => {
    const shelf = new Shelf();
    const ids = Array.from({ length: 4_000 }, (_, index) => `run-${index}`);
    for (const id of [...ids, 'one-more']) shelf.put(id, ENDED);
    await shelf.statesOf(...ids);
    await shelf.statesOf('run-0');
    await shelf.statesOf('one-more');
    shelf.read.length = 0;
    await shelf.statesOf('run-0', 'run-1');
    expect(shelf.read).toEqual(['run-1']);
  });
});

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Rotations } from '../../../src/triggers/rotations.js';
import { NO_LIMITS } from '../../rotation/schedule/policies.js';
import { ApiWorld } from '../api-world.js';

describe('the list of targets', () => {
  let world: ApiWorld;
  beforeEach(async () => {
    world = await ApiWorld.open({ others: { search: { env: 'staging' } } });
  });
  afterEach(async () => world.close());

  it('is that of the config in force when it was asked for, also where another one takes its place meanwhile', async () => {
    const { journal, app } = world;
    const newest = journal.newest.bind(journal);
    journal.newest = async (names) => {
      app.get(Rotations).use([], NO_LIMITS);
      return newest(names);
    };
    const { status, body } = await world.ask('GET', '/v1/targets');
    expect(status).toBe(200);
    expect(body['targets']).toMatchObject([
      { rotation: 'checkout', name: 'web' },
      { rotation: 'search', name: 'web' },
    ]);
  });
});

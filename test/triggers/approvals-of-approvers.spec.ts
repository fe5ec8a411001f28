import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ApiWorld } from './api-world.js';
import { askedBy, clientOf, HOUR } from './approval-clients.js';

describe('a rotation whose approvers the config names', () => {
  let world: ApiWorld;
  beforeEach(async () => {
    world = await ApiWorld.open({ approval: { approvers: ['on-call'], expiresMs: HOUR } });
  });
  afterEach(async () => world.close());

  it('is allowed by one of them alone, though others have the scope', async () => {
    const ada = await clientOf(world, 'ada', ['rotate']);
    const id = await askedBy(ada);
    const grace = await clientOf(world, 'grace', ['approve']);
    for (const what of ['approve', 'reject']) {
      const refused = await grace(
        'POST',
        `/v1/approvals/${id}/${what}`,
        what === 'reject' ? { reason: 'x' } : {},
      );
      expect(refused).toMatchObject({ status: 403, body: { code: 'not_an_approver' } });
      expect(refused.body['detail']).toContain('on-call');
    }
    const { acts } = await world.dump();
    expect(acts.map(({ body }) => body).filter((body) => body.includes('denied'))).toEqual([
      expect.stringMatching(/grace .*"operation":"approve","resource":"checkout"/),
      expect.stringMatching(/grace .*"operation":"reject","resource":"checkout"/),
    ]);
    const onCall = await clientOf(world, 'on-call', ['approve']);
    const granted = await onCall('POST', `/v1/approvals/${id}/approve`);
    expect(granted).toMatchObject({ status: 200, body: { state: 'granted', approvers: ['on-call'] } });
  });
});

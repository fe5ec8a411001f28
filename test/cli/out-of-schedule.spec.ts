import { expect, it } from '@jest/globals';
import { ApiWorld } from '../triggers/api-world.js';
import { rotorHere } from './in-process.js';

it('a run that a person starts in a blackout starts, and says so, as its plan does', async () => {
  const blackouts = [{ from: 0, to: Date.UTC(2099, 0, 1), reason: 'release freeze' }];
  const world = await ApiWorld.open({ due: { blackouts }, others: { docs: {}, search: {} } });
  try {
    await world.app.listen(0, '127.0.0.1');
    const env = {
      ROTOR_ADDR: (await world.app.getUrl()).replace('[::1]', '127.0.0.1'),
      ROTOR_TOKEN: world.token,
    };
    const freeze = 'in the blackout until 2099-01-01T00:00:00.000Z: release freeze';
    const { body } = await world.ask('POST', '/v1/rotations/checkout/plan');
    expect(body['warnings']).toContain(freeze);
    const one = await rotorHere(['rotate', 'checkout'], env);
    expect(one).toMatchObject({ exit: 0, stderr: expect.stringContaining(`warning  checkout: ${freeze}\n`) });
    const two = await rotorHere(['rotate', 'docs', 'search'], env);
    expect(two.exit).toBe(0);
    for (const name of ['docs', 'search']) expect(two.stderr).toContain(`warning  ${name}: ${freeze}\n`);
    expect(two.stderr).not.toContain('checkout');
  } finally {
    await world.close();
  }
});

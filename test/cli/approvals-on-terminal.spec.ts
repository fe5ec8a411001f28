import { afterEach, beforeEach, describe, expect } from '@jest/globals';
import { ApiWorld } from '../triggers/api-world.js';
import { settable } from '../rotation/harness.js';
import { CTRL_C, ENTER, itOnTerminal, typedInto } from './on-terminal.js';

const HOUR = 3_600_000;

/** Nobody works on the runs. */
describe('an approval on a terminal', () => {
  let world: ApiWorld;
  let ben: Record<string, string>;
  let owner: Record<string, string>;
  beforeEach(async () => {
    const upstream = await settable();
    world = await ApiWorld.open({
      ports: () => upstream.ports,
      approval: { approvers: [], expiresMs: 4 * HOUR },
    });
    await world.app.listen(0, '127.0.0.1');
    owner = { ROTOR_ADDR: await world.app.getUrl(), ROTOR_TOKEN: world.token };
    ben = { ...owner, ROTOR_TOKEN: await world.tokenWith(['read', 'rotate']) };
  });
  afterEach(async () => world.close());

  const pending = async () => (await world.journal.approvals.list({ limit: 10 })).map(({ state }) => state);
  async function asked(): Promise<string> {
    const authorization = `Bearer ${ben['ROTOR_TOKEN'] ?? ''}`;
    const body = { reason: 'it leaked' };
    const answer = await world.ask('POST', '/v1/rotations/checkout/approvals', body, { authorization });
    return String(answer.body['id']);
  }

  itOnTerminal('is shown with what it would do now, and granted by a yes', async () => {
    const id = await asked();
    const { code, said } = await typedInto(`approve ${id}`, owner, [
      ['it leaked', ''],
      ['checkout: ready:', ''],
      ['Approve it?', 'y'],
    ]);
    expect(code).toBe(0);
    expect(said).not.toContain('waits for the approval');
    expect(said).toMatch(/started; watch it with: rotor watch run_/);
    expect(await world.journal.list({ limit: 10 })).toHaveLength(1);
  });

  itOnTerminal('is not granted by whoever does not agree, or stops', async () => {
    const id = await asked();
    const declined = await typedInto(`approve ${id}`, owner, [['Approve it?', ENTER]]);
    expect(declined.code).toBe(7);
    expect(declined.said).toContain(`nothing was approved; ${id} waits on`);
    const stopped = await typedInto(`approve ${id}`, owner, [['Approve it?', CTRL_C]]);
    expect(stopped.code).toBe(130);
    expect(stopped.said).toContain('stopped; nothing was approved');
    expect(await pending()).toEqual(['pending']);
  });

  itOnTerminal('is asked for where somebody is guided to a rotation, for exactly its plan', async () => {
    const { code, said } = await typedInto('rotate', ben, [
      ['Which rotation?', ENTER],
      ['Why?', `it leaked${ENTER}`],
      ['needs the approval of somebody else. Ask for it', 'y'],
      ['waits for approval', CTRL_C],
    ]);
    expect(code).toBe(8);
    expect(said).toMatch(/detached; apr_\w+ waits on\./);
    const [approval] = await world.journal.approvals.list({ limit: 10 });
    expect(approval).toMatchObject({ rotation: 'checkout', reason: 'it leaked', state: 'pending' });
    expect(approval?.planDigest).toBeDefined();
    expect(await world.journal.list({ limit: 10 })).toEqual([]);
  });
});

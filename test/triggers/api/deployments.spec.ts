import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { elasticCloud } from '../../../src/issuers/elastic-cloud/inventory.js';
import type { Cloud } from '../../../src/issuers/inventory.js';
import { rotorHere as command } from '../../cli/in-process.js';
import { DEPLOYMENTS, QUICK_RETRY, startCloudWorld, type CloudWorld } from '../../issuers/cloud-world.js';
import { ApiWorld } from '../api-world.js';

const HOST = 'cloud.example.com';
const SELECTS: Readonly<Record<string, object>> = {
  checkout: { deployment: 'checkout-prod' },
  search: { tags: { env: 'prod' } },
  lost: { deployment: 'nowhere' },
  wrong: { deployment: 'legacy', refId: 'other-apm' },
};
const OTHERS = {
  search: { env: 'prod', team: 'find' },
  lost: { env: 'staging' },
  wrong: { env: 'staging' },
  own: { env: 'staging' },
};

describe('what the clouds have', () => {
  let cloud: CloudWorld;
  let world: ApiWorld;
  let clouds: readonly Cloud[];
  beforeAll(async () => {
    cloud = await startCloudWorld({ pageSize: 3 });
  });
  afterAll(async () => cloud.close());
  beforeEach(async () => {
    clouds = [elasticCloud(HOST, () => cloud.http, QUICK_RETRY)];
    world = await ApiWorld.open({
      others: OTHERS,
      clouds,
      select: (name) => ({ select: SELECTS[name] ?? {}, cloud: name === 'own' ? null : HOST }),
    });
  });
  afterEach(async () => world.close());

  type Listed = {
    readonly narrowed: boolean;
    readonly clouds: readonly { host: string; state: string; problem: { code: string } | null }[];
    readonly deployments: readonly { name: string; state: string; rotations: string[] }[];
    readonly unmatched: readonly { rotation: string; why: string; detail: string }[];
  };
  const list = async (query = '', token = world.token): Promise<Listed> => {
    const as = { authorization: `Bearer ${token}` };
    return (await world.ask('GET', `/v1/deployments${query}`, undefined, as)).body as Listed;
  };
  const brief = ({ deployments }: Listed) =>
    deployments.map(({ name, state, rotations }) => [name, state, ...rotations].join(' '));
  const missed = ({ unmatched }: Listed) => unmatched.map(({ rotation, why }) => `${rotation} ${why}`);

  it('is told over all pages, with the rotation that selects it and what none does', async () => {
    const told = await list();
    expect(brief(told)).toEqual([
      'asleep unmanaged',
      'billing-staging unmanaged',
      'checkout-prod matched checkout search',
      'ledger-prod matched search',
      'legacy matched wrong',
      'search-prod matched search',
      'twin unmanaged',
      'twin unmanaged',
    ]);
    expect(missed(told)).toEqual(['search ambiguous', 'lost nothing', 'wrong no_apm', 'own elsewhere']);
    expect(told.clouds).toEqual([{ host: HOST, state: 'answered', problem: null }]);
    expect(cloud.requests().filter((one) => one === 'search-deployments').length).toBeGreaterThan(2);
  });

  it('holds no token, though the cloud tells them with it', async () => {
    const text = JSON.stringify(await list());
    for (const { name } of DEPLOYMENTS.slice(0, 2))
      expect(text).not.toContain(cloud.sandbox.deployment(name).currentToken());
  });

  it('is told to a caller with labels only where a rotation of theirs selects it', async () => {
    const staging = await list('', await world.tokenWith(['read[env=staging]']));
    expect([brief(staging), missed(staging), staging.narrowed]).toEqual([
      ['legacy matched wrong'],
      ['lost nothing', 'wrong no_apm', 'own elsewhere'],
      true,
    ]);
    // Of a deployment that others select as well, they learn nothing of these.
    const find = await list('', await world.tokenWith(['read[team=find]']));
    expect(brief(find)).toContain('checkout-prod matched search');
    expect(JSON.stringify(find)).not.toMatch(/twin|asleep|legacy/);
  });

  it('is told by state, and by the labels of rotations', async () => {
    expect(brief(await list('?state=unmanaged'))).toHaveLength(4);
    expect(brief(await list('?selector=team%3Dfind'))).toEqual([
      'checkout-prod matched search',
      'ledger-prod matched search',
      'search-prod matched search',
    ]);
    expect((await world.ask('GET', '/v1/deployments?state=lost')).status).toBe(400);
  });

  it('is asked for once by those who come within ten seconds', async () => {
    const before = cloud.requests().length;
    await Promise.all([list(), list(), list('?state=matched')]);
    const once = cloud.requests().length - before;
    await list();
    expect(cloud.requests().length - before).toBe(once);
    world.clock.advance(10_000);
    await list();
    expect(cloud.requests().length - before).toBe(2 * once);
  });

  it('leaves no cloud out that does not answer, and calls no rotation lost for it', async () => {
    cloud.fault('search-deployments', { kind: 'status', status: 401 });
    const told = await list();
    expect(told.clouds).toEqual([
      {
        host: HOST,
        state: 'unanswered',
        problem: expect.objectContaining({ code: 'upstream_unauthenticated' }),
      },
    ]);
    expect(missed(told)).toContain('lost unknown');
    expect(missed(told)).not.toContain('lost nothing');
  });

  it('is told as far as a cloud has told of it before it failed', async () => {
    const half: Cloud = {
      host: HOST,
      async *deployments(signal) {
        for await (const page of clouds[0]?.deployments(signal) ?? []) {
          yield page;
          throw new Error('cut');
        }
      },
    };
    const other = await ApiWorld.open({
      clouds: [half],
      select: () => ({ select: SELECTS['lost'] ?? {}, cloud: HOST }),
    });
    const { body } = await other.ask('GET', '/v1/deployments');
    await other.close();
    expect(body).toMatchObject({ clouds: [{ state: 'in_part' }], unmatched: [{ why: 'unknown' }] });
    expect(body['deployments']).toHaveLength(3);
  });

  describe('by the command line', () => {
    let env: Record<string, string>;
    beforeEach(async () => {
      await world.app.listen(0, '127.0.0.1');
      const address = (await world.app.getUrl()).replace('[::1]', '127.0.0.1');
      env = { ROTOR_ADDR: address, ROTOR_TOKEN: world.token };
    });

    it('is a table that a terminal has room for, and what lacks below it', async () => {
      const { exit, stdout } = await command(['get', 'deployments'], env);
      const lines = stdout.trim().split('\n');
      expect(exit).toBe(0);
      expect(lines[0]).toMatch(/^DEPLOYMENT +STATE +APM +ROTATION$/);
      expect(lines[1]).toMatch(/^asleep +unmanaged +standalone \(stopped\) +–$/);
      expect(lines.at(-3)).toBe(`lost: ${HOST} has no deployment named "nowhere" that the API key may see.`);
      expect(Math.max(...lines.slice(0, 9).map((line) => line.length))).toBeLessThanOrEqual(80);
    });

    it('is one by name or id, its ids in wide, an object a line in JSONL', async () => {
      const { id } = cloud.sandbox.deployment('legacy');
      const wide = await command(['get', 'deployment', 'legacy', '-o', 'wide'], env);
      expect(wide.stdout).toContain(id);
      const line = await command(['get', 'deployments', id, '-o', 'jsonl'], env);
      expect(JSON.parse(line.stdout)).toMatchObject({ id, name: 'legacy', rotations: ['wrong'] });
      const none = await command(['get', 'deployments', 'nope'], env);
      expect(none).toMatchObject({ exit: 2, stderr: expect.stringContaining('no deployment "nope"') });
    });

    it('is described as a whole, by its name', async () => {
      const { exit, stdout } = await command(['describe', 'deployment', 'legacy'], env);
      expect(exit).toBe(0);
      expect(stdout).toMatch(/^Name +legacy\nId +[0-9a-f]{32}\n/);
      expect(stdout).toMatch(
        /\nRotations +wrong\nAPM +standalone: main-apm\n[^]*wrong: legacy has no APM resource/,
      );
    });

    it('says who did not answer, and ends with 6', async () => {
      cloud.fault('search-deployments', { kind: 'status', status: 401 });
      const said = expect.stringContaining(`!!! ${HOST} did not answer: `);
      expect(await command(['get', 'deployments'], env)).toMatchObject({ exit: 6, stdout: said });
      // Also beside a list for programs.
      expect(await command(['get', 'deployments', '-o', 'jsonl'], env)).toMatchObject({
        exit: 6,
        stdout: '',
        stderr: said,
      });
    });
  });
});

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Secret } from '../../src/rotation/secret.js';
import type { Target } from '../../src/targets/target.js';
import { errorOf, newToken } from '../contracts/target.contract.js';
import { never } from '../fakes/never.js';
import { SECRET_NAME } from './aws-surroundings.js';
import { SsmWorld } from './ssm-world.js';

let world: SsmWorld;
let target: Target;
let token: Secret;

beforeEach(async () => {
  world = await SsmWorld.open();
  target = world.target();
  token = newToken();
});
afterEach(async () => world.close());

describe('the preflight of an ssm-run-command target', () => {
  const refusal = async () => {
    const { code, message } = await errorOf(target.preflight(never()));
    expect(code).toBe('target_refused');
    expect(world.ssm.commands).toEqual([]);
    return message;
  };
  const ownDocument = (over: object = {}) => {
    const parameters = ['secretId', 'secretRegion', 'tokenFingerprint'];
    world.ssm.addDocument({ name: 'Acme-Refresh', type: 'Command', status: 'Active', parameters, ...over });
    target = world.unchecked({ document: 'Acme-Refresh', commands: [] });
  };

  it('names the hosts that do not answer, and those that AWS does not know', async () => {
    expect(await target.preflight(never())).toEqual([]);
    const [host = ''] = world.ids;
    world.ssm.node(host).isOnline = false;
    expect(await target.preflight(never())).toEqual([
      `Target hosts: 1 of 3 hosts do not answer at present: ${host}.`,
    ]);
    const { targets: _none, ...config } = world.config({
      instanceIds: [...world.ids, 'i-00000000000000000'],
    });
    target = world.target({ ...config, targets: undefined as never });
    expect(await target.preflight(never())).toContain(
      'Target hosts: Systems Manager does not know i-00000000000000000.',
    );
    expect(await errorOf(target.deliver(token, never()))).toMatchObject({
      message: expect.stringContaining('AWS does not know one of the hosts'),
      retryable: true,
    });
  });

  it('refuses where no host is meant, or none answers', async () => {
    target = world.target({ targets: { 'tag:role': ['none'] } });
    expect(await refusal()).toContain('Systems Manager knows no host that is meant');
    for (const id of world.ids) world.ssm.node(id).isOnline = false;
    target = world.target();
    expect(await refusal()).toContain('none of the 3 hosts answers');
  });

  it('refuses Windows for a shell script', async () => {
    const id = await world.ssm.seed({ tags: { role: 'checkout' }, platform: 'Windows' });
    expect(await refusal()).toContain(`${id} run Windows, and AWS-RunShellScript runs on Linux and macOS`);
  });

  it.each([
    ['is not there', undefined, 'AWS does not find document Acme-Refresh'],
    ['is of another type', { type: 'Automation' }, 'is of type Automation'],
    ['is not active', { status: 'Creating' }, 'document Acme-Refresh is Creating'],
    ['cannot be told', { parameters: ['secretId'] }, 'has no parameter secretRegion and no tokenFingerprint'],
  ])('refuses a document that %s', async (_, over, sentence) => {
    if (over) ownDocument(over);
    else target = world.unchecked({ document: 'Acme-Refresh', commands: [] });
    expect(await refusal()).toContain(sentence);
  });

  it('gives a document of its own its parameters', async () => {
    ownDocument();
    expect(await target.preflight(never())).toEqual([]);
    await target.deliver(token, never());
    expect(world.sent[0]?.parameters).toEqual({
      secretId: [SECRET_NAME],
      secretRegion: ['eu-central-1'],
      tokenFingerprint: [token.fingerprint],
    });
  });
});

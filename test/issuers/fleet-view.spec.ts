import { afterEach, describe, expect, it } from '@jest/globals';

import { Secret } from '../../src/rotation/secret.js';
import { faultOf, tokenOf } from '../contracts/issuer.contract.js';
import { never } from '../fakes/never.js';
import {
  AGENT_POLICY,
  agent,
  apmInput,
  closeKibana,
  craftKibana,
  policyOf,
  randomToken,
  refusal,
  resource,
  token,
  type Answer,
} from './crafted-kibana.js';

afterEach(closeKibana);

const holding = (vars: Record<string, unknown>): Answer => ({
  json: { item: policyOf(token, {}, apmInput(token, vars)) },
});
const agents = (...items: Record<string, unknown>[]): Answer => ({ json: { items, total: items.length } });

describe('fleet shows of a policy', () => {
  it('the token, the address, and the version that a write must name', async () => {
    const { issuer } = await craftKibana({});
    const view = await issuer.inspect(resource, never());
    expect(tokenOf(view.current).reveal()).toBe(token);
    expect(view).toMatchObject({ apmUrl: 'https://apm.example.test:443', precondition: 'WzU0MSwyXQ==' });
    expect([view.busy, view.pending, view.rejected, view.moved]).toEqual(Array(4).fill(undefined));
  });

  it.each([
    ['is held as a secret of Fleet', { type: 'text', value: { id: 'a1', isSecretRef: true } }],
    ['was never set', { type: 'text' }],
    ['is empty', { type: 'text', value: '' }],
    ['is a number', { type: 'text', value: 12_345_678 }],
  ])('no token where it %s', async (_name, secret_token) => {
    const { issuer } = await craftKibana({ policy: holding({ secret_token }) });
    expect((await issuer.inspect(resource, never())).current).toBe('unreadable');
  });

  it('nothing where an answer lacks the variable of the token: that is no evidence', async () => {
    const { issuer } = await craftKibana({ policy: holding({ secret_token: undefined }) });
    await expect(issuer.inspect(resource, never())).rejects.toMatchObject({
      code: 'upstream_malformed',
      message: expect.stringContaining('without its variable secret_token'),
    });
  });

  it('that nothing may be written any more once Kibana sets the token itself', async () => {
    const secret_token = { type: 'text', value: token, frozen: true };
    const { issuer } = await craftKibana({ policy: holding({ secret_token }) });
    expect((await issuer.inspect(resource, never())).moved).toMatch(/frozen: the configuration of Kibana/);
  });

  it('the configured address before its own', async () => {
    const { issuer } = await craftKibana({}, { apmUrl: 'https://apm.internal.test' });
    expect(await issuer.inspect(resource, never())).toMatchObject({
      apmUrl: 'https://apm.internal.test',
      alsoAt: ['https://apm.example.test:443'],
    });
  });

  it.each([
    ['http://localhost:8200', undefined, 'insecure_endpoint', 'the policy tells http://localhost:8200'],
    ['localhost', undefined, 'insecure_endpoint', 'a URL that cannot be parsed'],
    [undefined, undefined, 'resource_unavailable', 'no URL'],
    ['https://apm.test', 'http://apm.test', 'insecure_endpoint', 'the configuration names http://apm.test'],
  ])('no address for %s', async (value, apmUrl, code, said) => {
    const config = apmUrl === undefined ? {} : { apmUrl };
    const { issuer } = await craftKibana({ policy: holding({ url: { type: 'text', value } }) }, config);
    expect(await faultOf(issuer.inspect(resource, never()))).toMatchObject({
      code,
      message: expect.stringContaining(said),
      hint: expect.stringContaining('apmServer.url'),
    });
  });
});

describe('fleet tells how far the Elastic Agents are:', () => {
  const old = { policy_revision: 11 };
  const starting = { status: 'STARTING' };
  it.each([
    ['all of them', [agent(), agent()], '2 of 2 Elastic Agents run revision 12 of their policy.'],
    [
      'some of them',
      [agent(), agent(old), agent({}, starting)],
      '2 of 3 Elastic Agents run revision 12 of their policy; the APM input of 1 is not healthy yet.',
    ],
    [
      'one that is ahead, and another on the policy of its own version',
      [agent({ policy_revision: 13 }), agent({ policy_id: `${AGENT_POLICY}#9.4` })],
      '2 of 2 Elastic Agents run revision 12 of their policy.',
    ],
    [
      'nobody waits for one that is offline',
      [agent(), agent({ status: 'offline', ...old })],
      '1 of 1 Elastic Agents run revision 12 of their policy; 1 offline.',
    ],
    [
      'none that is online',
      [agent({ status: 'offline' })],
      'No Elastic Agent of the policy is online; 1 offline.',
    ],
    [
      'one that acknowledged nothing yet',
      [agent({ policy_revision: null, components: null })],
      '0 of 1 Elastic Agents run revision 12 of their policy.',
    ],
  ])('%s', async (_name, items, progress) => {
    const { issuer } = await craftKibana({ agents: agents(...items) });
    const view = await issuer.inspect(resource, never());
    expect(view.progress).toBe(progress);
    expect([view.busy, view.rejected]).toEqual([undefined, undefined]);
  });

  it('asks for those of the policy, and for those on a copy of it for their version', async () => {
    const { issuer, server } = await craftKibana({});
    await issuer.inspect(resource, never());
    const asked = server.requests.find(({ url }) => url.includes('/agents?'))?.url ?? '';
    expect(new URL(asked, server.url).searchParams.get('kuery')).toBe(
      `policy_id:"${AGENT_POLICY}" or policy_id:${AGENT_POLICY}#*`,
    );
  });

  it.each([
    ['Agents: Read', { agents: refusal(403, 'Forbidden', 'Forbidden') }],
    ['Agent policies: Read', { 'agent policy': refusal(403, 'Forbidden', 'Forbidden') }],
    ['answered 503', { agents: refusal(503, 'down', 'Service Unavailable') }],
    ['an HTML page', { agents: { html: true } }],
  ])('or why that cannot be seen: %s', async (said, answers) => {
    const { issuer } = await craftKibana(answers);
    const view = await issuer.inspect(resource, never());
    expect(view.progress).toContain(said);
    expect(view.progress).toMatch(/^It cannot be seen how far .*\.$/);
  });

  it('or stops when it is told to', async () => {
    const stop = new AbortController();
    const { issuer } = await craftKibana({
      agents: () => {
        stop.abort();
        return agents();
      },
    });
    expect((await faultOf(issuer.inspect(resource, stop.signal))).code).toBe('upstream_timeout');
  });
});

describe('fleet tells of an APM input that could not be loaded', () => {
  const failed = (message: string) => agent({}, { status: 'FAILED', message });
  const rejectedFor = async (...items: Record<string, unknown>[]) => {
    const { issuer } = await craftKibana({ agents: agents(...items) });
    return (await issuer.inspect(resource, never())).rejected;
  };

  it('what the Elastic Agent says', async () => {
    expect(await rejectedFor(agent(), failed('failed to load input config: bad port'))).toBe(
      'An Elastic Agent with revision 12 of its policy could not load the APM input: failed to load input config: bad port',
    );
  });

  it.each([
    ['has not got the policy yet', agent({ policy_revision: 11 }, { status: 'FAILED' })],
    ['is offline', agent({ status: 'offline' }, { status: 'FAILED' })],
    [
      'failed with something else',
      agent({ components: [{ type: 'log', units: [{ type: 'input', status: 'FAILED' }] }] }),
    ],
  ])('nothing where it %s', async (_name, item) => {
    expect(await rejectedFor(item)).toBeUndefined();
  });

  it('neither the token, nor what could be another, nor line breaks, and not more than 300 characters of it', async () => {
    const foreign = `${randomToken()}1`;
    const said =
      (await rejectedFor(failed(`near ${token}\n\u001b[31m ${foreign}: ${'long '.repeat(100)}`))) ?? '';
    expect(said).toContain('near [secret] [31m [secret]: long long');
    expect(said).not.toContain(token);
    expect(said).not.toContain(foreign);
    expect(said).toMatch(/^\P{Cc}*…$/u);
    expect(said.split('APM input: ')[1]).toHaveLength(300);
  });

  it('no token that it has shown or set, whatever that looks like', async () => {
    const [shown, set] = ['plainly shown', 'just.set'];
    const { issuer } = await craftKibana({
      policy: { json: { item: policyOf(shown) } },
      agents: agents(failed(`neither ${shown} nor ${set} will do`)),
    });
    const { precondition } = await issuer.inspect(resource, never());
    await issuer.set(resource, new Secret(set), precondition, never());
    const { rejected } = await issuer.inspect(resource, never());
    expect(rejected).toMatch(/neither \[secret\] nor \[secret\] will do$/);
  });
});

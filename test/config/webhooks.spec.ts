import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../src/config/index.js';
import { configWith, lines } from './refused.js';

const hook = (fields: string): string =>
  `notifiers: { ops: { type: webhook, secret: '\${env:HOOK}', ${fields} } }`;
const URL_FIELD = 'url: https://hooks.example.com/rotor';
const slack = (fields: string): string => `notifiers: { ops: { type: slack, ${fields} } }`;
const BOT = "token: '${env:X}', channel: C0123456789";
const EITHER =
  'notifiers.ops: found a mapping, expected either `url`, the address of an incoming webhook, or `token` and `channel`, of a bot. A webhook posts one message an event, a bot edits one message a run.';
const target = (fields: string): string =>
  `    targets: [{ type: webhook, secret: '\${env:HOOK}', ${fields} }]`;
const load = (text: string) => loadConfig('rotor.yaml', { text });

describe('a notifier in the file', () => {
  it('hears of everything, and of nothing private, unless the file says so', () => {
    const config = load(configWith({ head: hook(URL_FIELD), rotation: 'notify: [ops]' }));
    expect(config.notifiers).toEqual({
      ops: {
        type: 'webhook',
        on: ['*'],
        source: 'urn:rotor',
        receiver: {
          url: 'https://hooks.example.com/rotor',
          secrets: ['${env:HOOK}'],
          allowPrivate: [],
          allowHttp: [],
          timeoutMs: 10_000,
        },
      },
    });
    expect(config.rotations[0]?.notify).toEqual(['ops']);
  });

  it('of type slack is a webhook or a bot', () => {
    expect(load(configWith({ head: slack("url: '${env:X}'") })).notifiers['ops']).toMatchObject({
      url: '${env:X}',
    });
    expect(load(configWith({ head: slack(BOT) })).notifiers['ops']).toMatchObject({
      token: '${env:X}',
      channel: 'C0123456789',
      apiUrl: 'https://slack.com/api',
    });
  });

  it('may have several secrets while they are replaced', () => {
    const head = `notifiers: { ops: { type: webhook, secret: ['\${env:NEW}', '\${env:OLD}'], ${URL_FIELD} } }`;
    expect(load(configWith({ head })).notifiers['ops']).toMatchObject({
      receiver: { secrets: ['${env:NEW}', '${env:OLD}'] },
    });
  });

  it('of `defaults` is that of each rotation which names none of its own, or nobody', () => {
    const head = `defaults: { notify: [ops] }\n${hook(URL_FIELD)}`;
    expect(load(configWith({ head })).rotations[0]?.notify).toEqual(['ops']);
    expect(load(configWith({ head, rotation: 'notify: []' })).rotations[0]?.notify).toEqual([]);
  });

  it('may be asked for plain http by the name of its host', () => {
    const head = hook('url: http://hooks.internal/, allowHttp: [hooks.internal]');
    expect(load(configWith({ head })).notifiers['ops']).toMatchObject({
      receiver: { url: 'http://hooks.internal/' },
    });
  });

  it.each([
    [
      'plain http',
      hook('url: http://hooks.internal/'),
      'notifiers.ops.url: found "http://hooks.internal/", expected an https URL. Plain http goes only to a host that allowHttp names.',
    ],
    [
      'a password in its address',
      hook('url: https://me:x@hooks.internal/'),
      'expected an https URL without user, password or fragment',
    ],
    [
      'an event that does not exist',
      hook(`${URL_FIELD}, on: [rotation.faild]`),
      'Did you mean rotation.failed?',
    ],
    ['no event', hook(`${URL_FIELD}, on: []`), 'expected at least one event, or "*"'],
    [
      'a range that is none',
      hook(`${URL_FIELD}, allowPrivate: [10.0.0.0/99]`),
      'expected the name of a host, an address or a range',
    ],
    [
      'a kind that does not exist yet',
      'notifiers: { ops: { type: email } }',
      'notifier email does not exist in this version of Rotor; it knows: webhook, slack, pagerduty, healthchecks.',
    ],
    ['a webhook and a bot', slack(`url: '\${env:X}', ${BOT}`), EITHER],
    [
      'the address of the API beside a webhook',
      slack("url: '${env:X}', apiUrl: https://slack-gov.com/api"),
      EITHER,
    ],
    ['neither a webhook nor a bot', slack('on: [rotation.failed]'), EITHER],
    ['a bot without a channel', slack("token: '${env:X}'"), EITHER],
    [
      'the name of a channel',
      slack("token: '${env:X}', channel: '#ops'"),
      'notifiers.ops.channel: found "#ops", expected the ID of a channel, such as "C0123456789"; its name may change',
    ],
    ['a source that is no URI', hook(`${URL_FIELD}, source: rotor`), 'expected a URI'],
  ])('is refused with %s', (_, head, said) => {
    const [line, ...more] = lines(configWith({ head }));
    expect(more).toEqual([]);
    expect(line).toContain(said);
  });

  it.each(['a secret of its own', '${vault:x}'])('takes no secret from the file: %s', (secret) => {
    const head = `notifiers: { ops: { type: webhook, secret: '${secret}', ${URL_FIELD} } }`;
    const [line] = lines(configWith({ head }));
    expect(line).toContain('notifiers.ops.secret');
    expect(line).not.toContain('of its own');
  });

  it('is refused where a rotation names it and the file does not declare it', () => {
    const head = hook(URL_FIELD);
    expect(lines(configWith({ head, rotation: 'notify: [opps]' }))).toEqual([
      'rotor.yaml:8:14 rotations.0.notify.0: found a notifier that is not declared, expected one of: ops. Did you mean ops?',
    ]);
  });
});

it('does not let a rotation name a notifier that hears of no event', () => {
  const head = "notifiers: { dead: { type: healthchecks, url: '${env:HC}' } }";
  expect(lines(configWith({ head, rotation: 'notify: [dead]' })).join('\n')).toContain(
    'found a notifier of type healthchecks, which hears of no event, expected the name of a notifier. Take it away',
  );
});

describe('a webhook target in the file', () => {
  it('is called by its host and is sent a reference', () => {
    const [rotation] = load(configWith({ targets: target(URL_FIELD) })).rotations;
    expect(rotation?.targets).toMatchObject([{ name: 'hooks.example.com', payload: 'reference' }]);
    expect(rotation?.targets[0]).not.toHaveProperty('ack');
  });

  it('is never sent the token over plain http', () => {
    const fields = 'url: http://a.internal/, allowHttp: [a.internal], payload: value';
    expect(lines(configWith({ targets: target(fields) }))).toEqual([
      expect.stringContaining('expected reference. No token goes over plain http, whatever allowHttp says.'),
    ]);
  });

  it('has longer to become ready than it may take to call back', () => {
    const fields = `${URL_FIELD}, ack: { url: https://rotor.example.com, timeout: 10m }`;
    const [one] = load(configWith({ targets: target(fields) })).rotations[0]?.targets ?? [];
    expect(one).toMatchObject({ ack: { url: 'https://rotor.example.com', timeoutMs: 600_000 } });
    expect(one?.readyTimeoutMs).toBeGreaterThan(660_000);
  });

  it('may not share its name with another target of its rotation', () => {
    const both = `    targets: [{ type: webhook, secret: '\${env:A}', ${URL_FIELD} }, { type: webhook, secret: '\${env:A}', ${URL_FIELD} }]`;
    expect(lines(configWith({ targets: both }))).toEqual([expect.stringContaining('found the same name')]);
  });
});

import { describe, expect, it } from '@jest/globals';
import { aboutOf, nextAfter, nextAfterExit } from '../../src/cli/next.js';
import { RotorError } from '../../src/rotation/errors.js';

const COMMANDS =
  'ack,approve,context,context use,doctor,migrate,notifications,notifications replay,notifications test,pause,redeliver,reject,resume,retry,rotate,serve,status,token,token create,token revoke,validate,watch'.split(
    ',',
  );
const about = (typed: string) => aboutOf(['node', 'rotor', ...typed.split(' ')], COMMANDS);

it.each([
  ['pause', 'run_mwt7rffs0e2bfd4590', 'rotor watch run_mwt7rffs0e2bfd4590'],
  ['resume', 'run_mwt7rffs0e2bfd4590', 'rotor watch run_mwt7rffs0e2bfd4590'],
  ['pause', 'checkout', 'rotor status checkout'],
])('after a refused rotor %s %s the next is %s', (command, named, next) => {
  expect(nextAfter(new RotorError('not_possible', 'no'), about(`${command} ${named}`))).toBe(next);
});

it.each([
  ['doctor --config a.yaml', 3, 'rotor doctor --config a.yaml, once that is mended'],
  ['doctor', 3, 'rotor doctor, once that is mended'],
  ['validate --online -c a.yaml', 1, 'rotor validate --online -c a.yaml, once that is mended'],
  ["validate --online -c it's.yaml", 1, "rotor validate --online -c 'it'\\''s.yaml', once that is mended"],
])('after rotor %s has found something the next is the same again: exit %i', (typed, exit, next) => {
  expect(nextAfterExit(exit, about(typed))).toBe(next);
});

it('what migrate has found due, the same without --check does', () => {
  expect(nextAfterExit(3, about('migrate --check --state-dir /var/r -o name'))).toBe(
    'rotor migrate --state-dir /var/r -o name',
  );
});

it.each([
  ['serve', 'rotor doctor'],
  ['serve -c a.yaml', 'rotor doctor --config a.yaml'],
  ['serve --listen 127.0.0.1:1 --config=a.yaml', 'rotor doctor --config a.yaml'],
  ['doctor -ca.yaml', 'rotor doctor -ca.yaml, once that is mended'],
  ['status', 'rotor status, once that is mended'],
  ['context use nope', 'rotor context list'],
])('after rotor %s whose set-up is wrong, though its config file is not, the next is %s', (typed, next) => {
  expect(nextAfter(new RotorError('config_invalid', 'no'), about(typed))).toBe(next);
});

it.each([
  ['rotate checkout --wait', 'rotor doctor checkout'],
  ['redeliver checkout --watch', 'rotor doctor checkout'],
  ['watch run_mwt7rffs0e2bfd4590', 'rotor retry run_mwt7rffs0e2bfd4590'],
])('after rotor %s has shown a run that failed the next finds out why: %s', (typed, next) => {
  expect(nextAfterExit(1, about(typed))).toBe(next);
});

it.each([
  ['token revoke nope', 'rotor token list'],
  ['notifications test nope', 'rotor explain notifiers'],
  ['notifications replay nope', 'rotor notifications'],
  ['watch run_mwt7rffs0e2bfd4590', 'rotor runs'],
  ['ack run_mwt7rffs0e2bfd4590 web --reason done', 'rotor runs'],
  ['approve apr_nope', 'rotor get approvals'],
  ['reject apr_nope --reason no', 'rotor get approvals'],
  ['status nope', 'rotor status'],
])('after rotor %s has not found it the next lists what there is: %s', (typed, next) => {
  expect(nextAfter(new RotorError('not_found', 'no'), about(typed))).toBe(next);
});

it.each([
  ['approval_required', 'rotate checkout', 'rotor rotate checkout'],
  ['approval_required', 'retry run_mwt7rffs0e2bfd4590', 'rotor status'],
  ['approval_pending', 'rotate checkout', 'rotor describe approval apr_1'],
  ['approval_ended', 'approve apr_1', 'rotor describe approval apr_1'],
  ['own_request', 'approve apr_1 --yes', 'rotor approve apr_1, as somebody else'],
  ['not_an_approver', 'reject apr_1 --reason no', 'rotor approve apr_1, as one who may'],
  ['plan_stale', 'approve apr_1', 'rotor describe approval apr_1'],
  ['plan_stale', 'rotate checkout --plan plan_1', 'rotor rotate checkout --dry-run'],
] as const)('after %s of rotor %s the next is %s', (code, typed, next) => {
  const pending = code === 'approval_pending' ? { approvalId: 'apr_1' } : {};
  expect(nextAfter(new RotorError(code, 'no', pending), about(typed))).toBe(next);
});

it('after a notification that cannot be sent again, the next lists them', () => {
  const error = new RotorError('not_possible', 'no');
  expect(nextAfter(error, about('notifications replay evt_1.ops'))).toBe('rotor notifications');
});

it('where a run has no such target, the next shows those that it has', () => {
  const error = new RotorError('not_found', 'run_1 has no target "wbe"; it has web');
  expect(nextAfter(error, about('ack run_1 wbe --reason done'))).toBe('rotor watch run_1');
});

it.each([
  ['token create ci --grant nope', 'rotor token create --help'],
  ['token nope', 'rotor token --help'],
  ['status --nope', 'rotor status --help'],
])('after rotor %s, which is wrong, the next is the help of that very command', (typed, next) => {
  expect(nextAfter(new RotorError('request_invalid', 'no'), about(typed))).toBe(next);
});

it.each(['audit', 'admin', 'pause'])('whoever lacks the scope %s is told of that one', (scope) => {
  const lacking = new RotorError(
    'scope_missing',
    `ci may not do this: it needs the scope ${scope} for checkout`,
  );
  expect(nextAfter(lacking, about('status'))).toBe(`rotor token create NAME --grant ${scope}, as its owner`);
});

it('where no API token was found the service may not have been started yet; a wrong one is another matter', () => {
  const add = 'rotor context add NAME --address https://… --token-file FILE';
  const cause = Object.assign(new Error('no such file'), { code: 'ENOENT' });
  const missing = new RotorError('unauthenticated', 'there is no API token', { cause });
  expect(nextAfter(missing, about('status'))).toBe(`rotor serve, or ${add}`);
  expect(nextAfter(new RotorError('unauthenticated', 'not known'), about('status'))).toBe(add);
});

describe('where a refusal names the command by which the same is done', () => {
  const after = (typed: string, sentence: string, hint?: string) =>
    nextAfter(
      new RotorError('not_possible', sentence, { ...(hint !== undefined && { hint }) }),
      about(typed),
    );

  it('the next is that one, though it be about another run', () => {
    const acked = 'run_2 has delivered since then: `rotor ack run_2 web --reason …` says it of that run';
    expect(after('ack run_1 web --reason x', acked)).toBe('rotor ack run_2 web --reason …');
    const ended = 'run_1 has ended: start another one with `rotor retry run_1`';
    expect(after('retry run_1', ended)).toBe('rotor retry run_1');
    expect(after('retry run_1', 'no', 'Start another one with `rotor rotate web`.')).toBe('rotor rotate web');
  });

  it.each([
    [
      'two, of which nobody knows which one is meant',
      '`rotor cancel run_1` ends it, `rotor pause web` holds it',
    ],
    ['one that lacks a name', '`rotor retry run_1 TARGET` does not wait for that'],
    ['none', 'the token is current'],
  ])('and names %s, the next shows the run', (_what, sentence) => {
    expect(after('retry run_1', sentence)).toBe('rotor watch run_1');
  });
});

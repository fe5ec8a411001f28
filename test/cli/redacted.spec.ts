import { expect, it } from '@jest/globals';
import { withoutSecrets } from '../../src/cli/bundle/redacted.js';

it('what looks like a secret is taken out of any text', () => {
  const secrets = [`rot_${'a'.repeat(40)}`, `whsec_${'b'.repeat(32)}`, 'Bearer abcdefgh12345678'];
  const text = secrets.map((one) => `before ${one} after`).join('\n');
  const left = withoutSecrets(text);
  for (const one of secrets) expect(left).not.toContain(one.replace('Bearer ', ''));
  expect(left.match(/before .*\[redacted\] after/g)).toHaveLength(3);
  expect(withoutSecrets('run_mx1yweu14f0d8599e6 a1b2c3d4')).toBe('run_mx1yweu14f0d8599e6 a1b2c3d4');
});

it('the addresses that are secrets as a whole keep their host', () => {
  expect(withoutSecrets('post to https://hooks.slack.com/services/T0/B0/s3cr3t failed')).toBe(
    'post to https://hooks.slack.com/[redacted] failed',
  );
  expect(withoutSecrets('"https://hc-ping.com/0b7ff8e2-1b1d-4d1c-8a55-5b3c1e7e9a10/fail"')).toBe(
    '"https://hc-ping.com/[redacted]"',
  );
  expect(withoutSecrets(`token xoxb-${'1'.repeat(12)}-${'a'.repeat(24)} refused`)).toBe(
    'token [redacted] refused',
  );
  expect(withoutSecrets(`xoxe.xoxb-1-${'a'.repeat(24)}`)).toBe('[redacted]');
  expect(withoutSecrets('hooks.slack.com answered 404')).toBe('hooks.slack.com answered 404');
});

import { expect, it } from '@jest/globals';
import { redactedConfig, withoutSecrets } from '../../src/cli/bundle/redacted.js';

it('of a config the origins of URLs stay, the number of words of a command, and references in the place of secrets', () => {
  expect(
    redactedConfig({
      name: 'checkout',
      cloud: { apiKey: '${env:EC_API_KEY}', endpoint: 'https://api.elastic-cloud.com' },
      notifiers: { ops: { url: 'https://user:pw@hooks.example.com/services/T0/B0/abc?key=1' } },
      targets: [{ reload: ['systemctl', 'reload', 'x'], replicas: ['us-west-2'] }],
    }),
  ).toEqual({
    name: 'checkout',
    cloud: { apiKey: '${env:EC_API_KEY}', endpoint: 'https://api.elastic-cloud.com' },
    notifiers: { ops: { url: 'https://hooks.example.com/[redacted]' } },
    targets: [{ reload: '[3 redacted]', replicas: ['us-west-2'] }],
  });
});

it('what looks like a secret is taken out of any text', () => {
  const secrets = [`rot_${'a'.repeat(40)}`, `whsec_${'b'.repeat(32)}`, 'Bearer abcdefgh12345678'];
  const text = secrets.map((one) => `before ${one} after`).join('\n');
  const left = withoutSecrets(text);
  for (const one of secrets) expect(left).not.toContain(one.replace('Bearer ', ''));
  expect(left.match(/before .*\[redacted\] after/g)).toHaveLength(3);
  expect(withoutSecrets('run_mx1yweu14f0d8599e6 a1b2c3d4')).toBe('run_mx1yweu14f0d8599e6 a1b2c3d4');
});

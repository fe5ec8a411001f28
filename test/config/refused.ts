import { findingsOf, loadConfig, type ConfigFinding } from '../../src/config/index.js';
import { RotorError } from '../../src/rotation/errors.js';

/** The error that loading this text ends in; fails where there is none. */
export function refusal(text: string): RotorError {
  try {
    loadConfig('rotor.yaml', { text });
  } catch (error) {
    if (error instanceof RotorError) return error;
    throw error;
  }
  throw new Error('the text was accepted');
}

export function findings(text: string): readonly ConfigFinding[] {
  return findingsOf(refusal(text));
}

/** The findings one a line, as people see them, without the head line. */
export function lines(text: string): string[] {
  const { message } = refusal(text);
  return message.split('\n').filter((line) => !/ has \d+ errors:$/.test(line));
}

/** A config that is valid but for the lines given: `rotation` is indented by four, from line 8 on. */
export function configWith(
  parts: { head?: string; cloud?: string; rotation?: string; targets?: string } = {},
): string {
  return [
    'version: 1',
    parts.cloud ?? "cloud: { apiKey: '${env:EC_API_KEY}' }",
    parts.head ?? '# nothing more',
    'rotations:',
    '  - name: checkout',
    '    select: { deployment: checkout-prod }',
    '    store: { type: aws-secrets-manager, secretId: prod/apm/checkout }',
    ...(parts.rotation === undefined ? [] : parts.rotation.split('\n').map((line) => `    ${line}`)),
    parts.targets ?? '    targets: []',
    '',
  ].join('\n');
}

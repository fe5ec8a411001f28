import { describe, expect, it } from '@jest/globals';
import { labelMatcher } from '../../src/sandbox/kubernetes/selectors.js';

const LABELS = { app: 'web', tier: '', generation: '12' };

describe('a label selector in the sandbox', () => {
  it.each([
    '',
    'app=web',
    'app == web, tier!=db',
    'app in(web, api)',
    'tier in ()',
    'canary notin (a,,b)',
    'generation > 3',
    'generation<13,!canary',
  ])('matches by %p', (selector) => {
    expect(labelMatcher(selector)(LABELS)).toBe(true);
  });

  it.each(['app=api', 'app in ()', 'tier notin ()', 'generation > 12', 'app > 3', 'canary < 3', '!app'])(
    'does not match by %p',
    (selector) => {
      expect(labelMatcher(selector)(LABELS)).toBe(false);
    },
  );

  it.each(['app=web,', 'app=web,,tier', 'app > x', 'appin (web)'])('cannot be read as %p', (selector) => {
    expect(() => labelMatcher(selector)).toThrow('unable to parse requirement');
  });
});

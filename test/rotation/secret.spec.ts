import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { parseFingerprint } from '../../src/rotation/secret.js';
import { mintToken, tokenFinding } from '../../src/rotation/tokens.js';

describe('a secret', () => {
  it('does not print by any of the usual ways', () => {
    const secret = mintToken();
    const printed = [
      String(secret),
      ['token', secret].join('='),
      JSON.stringify({ secret }),
      inspect({ deep: { secret } }, { depth: 10, showHidden: true, getters: true }),
      Object.values(secret).join(),
    ];
    for (const text of printed) expect(text).not.toContain(secret.reveal());
  });

  it('has as fingerprint the first 8 digits of its SHA-256, which any host can compute', () => {
    const secret = mintToken();
    const digest = createHash('sha256').update(secret.reveal()).digest('hex');
    expect(secret.fingerprint).toBe(digest.slice(0, 8));
    expect(parseFingerprint(`${digest}\n`)).toBe(secret.fingerprint);
    expect(parseFingerprint(secret.reveal())).toBeUndefined();
  });

  it('is minted in a form that no YAML, shell or header can misread, and never twice', () => {
    const minted = Array.from({ length: 500 }, () => mintToken());
    for (const token of minted) {
      expect(token.reveal()).toMatch(/^[A-Za-z][A-Za-z0-9_-]{31,127}$/);
      expect(tokenFinding(token)).toBeUndefined();
    }
    expect(new Set(minted.map((token) => token.reveal())).size).toBe(500);
  });
});

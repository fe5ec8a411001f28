import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bearerForm } from '../../../src/targets/file/forms/bearer.js';
import { rewritten } from '../../../src/targets/file/forms/form.js';
import { headerSafe, someToken } from './form-suite.js';

it('form otel-bearer is the token and nothing else, whatever was there', () => {
  fc.assert(
    fc.property(headerSafe, (token) => expect(rewritten(bearerForm, 'old\nolder\n', token)).toBe(token)),
  );
});

it('form otel-bearer reads the first line, which a client of the Collector sends', () => {
  const token = someToken();
  expect(bearerForm.read(`${token}\nold\n`)).toBe(token);
  expect(bearerForm.read('\n')).toBeUndefined();
});

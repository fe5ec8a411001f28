import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { FormProblem, rewritten, type Form } from '../../../src/targets/file/forms/form.js';

export type FormCase = {
  readonly form: Form;
  /** A file of fixtures/, with @TOKEN@ where the token stands. */
  readonly fixture: string;
  /** The token as the parser of the format's own ecosystem reads it. */
  readonly parsed: (text: string) => unknown;
  /** The fixture without its token, and with one added to that. */
  readonly without: (text: string) => string;
  readonly added: (text: string, token: string) => string;
  /** Tokens that no such file can hold; a spec of its own says that they are refused. */
  readonly cannotHold?: RegExp;
};

export const someToken = (): string => `r${randomBytes(24).toString('base64url')}`;

export function fixtureOf(name: string, token: string): string {
  return readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8').replaceAll('@TOKEN@', token);
}

/** Whatever a header can carry. */
export const headerSafe = fc.stringMatching(/^[\x21-\x7e]{1,60}$/);

export function problemOf(call: () => unknown): FormProblem {
  try {
    call();
  } catch (error) {
    if (error instanceof FormProblem) return error;
    throw error;
  }
  throw new Error('expected a FormProblem');
}

/** What is in a file, and what is in it once `new` was written there as the token. */
export function writesOver(form: Form, cases: readonly (readonly [before: string, after: string])[]): void {
  it.each(cases)('writes over %j', (before, after) => {
    expect(rewritten(form, before, 'new')).toBe(after);
  });
}

/** What a file has, the file, and a part of the sentence by which a token is not written there. */
export function refuses(
  form: Form,
  cases: readonly (readonly [what: string, text: string, sentence: string])[],
): void {
  it.each(cases)('refuses %s', (_case, text, sentence) => {
    expect(problemOf(() => rewritten(form, text, 'new')).problem).toContain(sentence);
  });
}

export function formSuite(name: string, testCase: FormCase): void {
  const { form, fixture, parsed, without, added, cannotHold } = testCase;
  const holdable = headerSafe.filter((token) => cannotHold?.test(token) !== true);
  const ends = [
    ['as it is', (text: string) => text],
    ['with the line ends of Windows', (text: string) => text.replaceAll('\n', '\r\n')],
    ['without an end of line at the end', (text: string) => text.replace(/\n$/, '')],
  ] as const;

  describe(`form ${name}`, () => {
    it.each(ends)('changes the token alone in a file %s', (_case, shape) => {
      const [old, token] = [someToken(), someToken()];
      const before = shape(fixtureOf(fixture, old));
      expect(form.read(before)).toBe(old);
      expect(parsed(before)).toBe(old);
      const after = rewritten(form, before, token);
      expect(after).toBe(shape(fixtureOf(fixture, token)));
      expect(parsed(after)).toBe(token);
      expect(rewritten(form, after, token)).toBe(after);
    });

    it.each(ends)('adds a token to a file that has none, %s', (_case, shape) => {
      const token = someToken();
      const before = without(shape(fixtureOf(fixture, 'x')));
      expect(form.read(before)).toBeUndefined();
      const after = rewritten(form, before, token);
      expect(after).toBe(added(shape(fixtureOf(fixture, 'x')), token));
      expect(parsed(after)).toBe(token);
    });

    it('writes whatever a header can carry so that it is read back, over any other and back again', () => {
      const original = fixtureOf(fixture, 'x');
      fc.assert(
        fc.property(holdable, holdable, (first, second) => {
          const texts = [first, second, first].reduce<string[]>(
            (before, token) => [...before, rewritten(form, before.at(-1) ?? original, token)],
            [],
          );
          expect(texts.map((text) => form.read(text))).toEqual([first, second, first]);
          expect(texts.map(parsed)).toEqual([first, second, first]);
          expect(texts.map((text) => form.rest(text))).toEqual(Array(3).fill(form.rest(original)));
        }),
        { numRuns: 100 },
      );
    });
  });
}

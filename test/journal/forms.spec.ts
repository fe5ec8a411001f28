import { expect, it } from '@jest/globals';
import { FORM } from '../../src/journal/forms.js';
import { migrations } from '../../src/journal/migrations.js';

it('each form of entries after the first has a migration, by which an older version refuses the journal', () => {
  const forms = Object.keys(migrations).flatMap((name) => /_form_(\d+)$/.exec(name)?.[1] ?? []);
  expect(forms.map(Number)).toEqual(Array.from({ length: FORM - 1 }, (_, index) => index + 2));
});

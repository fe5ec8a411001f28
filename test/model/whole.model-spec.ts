import { afterAll, describe, expect, it } from '@jest/globals';
import { explore } from './explore.js';
import { PRODUCTION } from './rules.js';
import { SCENARIOS } from './scenarios.js';

/** `MODEL_MAX=3000000` takes the largest ones to their end, given the memory and the time. */
const MAX = Number(process.env['MODEL_MAX'] ?? 200_000);

describe(`every situation of a run, up to ${MAX} states a scenario`, () => {
  const lines: string[] = [];
  let all = 0;
  let whole = 0;

  it.each(SCENARIOS)(
    '$kind, $name',
    (one) => {
      const { states, cut, violations } = explore(one, PRODUCTION, { max: MAX });
      all += states;
      whole += cut ? 0 : 1;
      lines.push(
        `${one.kind.padEnd(14)}${one.name.padEnd(52)}${String(states).padStart(9)}${cut ? '  cut' : ''}`,
      );
      expect(violations).toEqual([]);
    },
    30 * 60_000,
  );

  afterAll(() => {
    const sum = `scenarios ${SCENARIOS.length}, to the end ${whole}, states ${all}`;
    process.stdout.write(`${lines.join('\n')}\n${sum}\n`);
  });
});

import type { Listed, Wanted } from './listing.js';
import { isUnconcerned } from './preflight.js';

/** The functions of a target. */
export type Choice = {
  readonly names: readonly string[];
  /** What a pattern matches and what has nothing to do with the token. */
  readonly passedOver: readonly string[];
  readonly listed: Listed;
};

/** Of the functions in the config: names, ARNs and patterns. */
export function wantedBy(functions: readonly string[]): Wanted {
  const names = functions.filter((one) => !one.includes('*'));
  const patterns = functions.filter((one) => one.includes('*')).map(patternOf);
  if (patterns.length === 0) return { names };
  return { names, matches: (name) => patterns.some((pattern) => pattern.test(name)) };
}

/** A list may have been read for others as well. */
export function choiceOf({ names: exact, matches }: Wanted, listed: Listed): Choice {
  const shown = [...new Set(listed.functions.values())];
  const found = shown.filter(
    ({ FunctionName = '', FunctionArn = '' }) =>
      !exact.includes(FunctionName) && !exact.includes(FunctionArn) && matches?.(FunctionName) === true,
  );
  const nameOf = ({ FunctionName = '' }: (typeof shown)[number]): string => FunctionName;
  return {
    names: [...exact, ...found.filter((one) => !isUnconcerned(one)).map(nameOf)],
    passedOver: found.filter(isUnconcerned).map(nameOf),
    listed,
  };
}

/** The names of functions have no character that a pattern would read otherwise. */
function patternOf(text: string): RegExp {
  return new RegExp(`^${text.replaceAll('*', '.*')}$`);
}

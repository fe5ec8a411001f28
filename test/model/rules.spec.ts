import { describe, expect, it } from '@jest/globals';
import { explore } from './explore.js';
import { PRODUCTION, WITHOUT, type RuleName, type Rules } from './rules.js';
import { scenario, SCENARIOS } from './scenarios.js';

/** Enough for most scenarios to the end; `npm run model` goes further. */
const QUICK = 3_000;

describe('in every situation that a run can get into, the rules keep the token known', () => {
  it.each(SCENARIOS)('$kind, $name', (one) => {
    const { violations, states } = explore(one, PRODUCTION, { max: QUICK });
    expect(violations).toEqual([]);
    expect(states).toBeGreaterThan(20);
  });
});

type Lesson = {
  readonly rule: RuleName;
  readonly kind: 'server-chosen' | 'caller-chosen';
  readonly name: string;
  /** What is found without the rule. */
  readonly found: string;
  /** What the watch would mend is seen only without it. */
  readonly unwatched?: true;
};

const LESSONS: readonly Lesson[] = [
  {
    rule: 'a taken key is read back',
    kind: 'caller-chosen',
    name: 'two takeovers',
    found: 'a token became current that the server has never accepted',
  },
  {
    rule: 'a write names the precondition that was recorded',
    kind: 'caller-chosen',
    name: 'a zombie, a deadline, a lost reply',
    found: 'at rest the current token in the store is not the one that the server accepts',
    unwatched: true,
  },
  {
    rule: 'there is never a second reset',
    kind: 'server-chosen',
    name: 'a takeover',
    found: 'two resets were carried out for one run',
  },
  {
    rule: 'what the issuer shows instead is adopted',
    kind: 'server-chosen',
    name: 'a plan that fails',
    found: 'a state from which no good rest can be reached',
  },
  {
    rule: 'a conflict of the promotion is decided by the server',
    kind: 'server-chosen',
    name: 'a moved label',
    found: 'a run says that its token is current, and it is not',
  },
  {
    rule: 'a look that is denied is never an end',
    kind: 'server-chosen',
    name: 'a look that is denied',
    found: 'a run ended while a token was on its way',
  },
  {
    rule: 'between two runs the watch looks',
    kind: 'server-chosen',
    name: 'a takeover',
    found: 'at rest the server accepts a token that is not in the store',
  },
  {
    rule: 'the way back is a copy of the previous token',
    kind: 'caller-chosen',
    name: 'label moved, old token back, deadline, zombie',
    found: 'a promotion was carried out after its run had ended',
  },
  {
    rule: 'a token that Rotor did not mint has a key of its own',
    kind: 'server-chosen',
    name: 'a plan that is not shown for a moment',
    found: 'at rest the server accepts a token that is not in the store',
    unwatched: true,
  },
  {
    rule: 'no effect starts without a lease',
    kind: 'server-chosen',
    name: 'a takeover',
    found: 'an effect was started without a lease',
  },
];

describe('without one of the rules of recovery the model finds what it is for', () => {
  it.each(LESSONS)('$rule', ({ rule, kind, name, found, unwatched }) => {
    const watchedOrNot = (rules: Rules): Rules => (unwatched ? { ...rules, drift: () => undefined } : rules);
    const one = scenario(kind, name);
    const { violations } = explore(one, watchedOrNot(WITHOUT[rule]), { max: 200_000, untilFirst: true });
    expect(violations.map(({ what }) => what)).toContain(found);
    const control = explore(one, watchedOrNot(PRODUCTION), { max: 15_000 });
    expect(control.violations).toEqual([]);
  });

  it('is shown for every one of them', () => {
    expect(LESSONS.map(({ rule }) => rule)).toEqual(Object.keys(WITHOUT));
  });
});

import type { Scenario } from './state.js';

const server = 'server-chosen';
const caller = 'caller-chosen';

/**
 * What may go wrong in one run, alone and together. An operator's wish to stop is a `deadline` to the rules: both turn
 * the goal into the previous token.
 */
export const SCENARIOS: readonly Scenario[] = [
  { kind: server, name: 'no fault', faults: {} },
  { kind: server, name: 'a takeover', faults: { takeover: 1 } },
  { kind: server, name: 'lucky probes', faults: { luck: 1 } },
  { kind: server, name: 'two takeovers', faults: { takeover: 2 } },
  { kind: server, name: 'a lost reply and a takeover', faults: { lost: 1, takeover: 1 } },
  { kind: server, name: 'a slow request and a takeover', faults: { slow: 1, takeover: 1 } },
  { kind: server, name: 'a plan that fails', faults: { planFails: 1 } },
  { kind: server, name: 'a plan that fails and a takeover', faults: { planFails: 1, takeover: 1 } },
  { kind: server, name: 'a foreign token', faults: { foreign: 1, takeover: 1 } },
  { kind: server, name: 'a moved label', faults: { label: 1, takeover: 1 } },
  { kind: server, name: 'lucky probes, then the old token is put back', faults: { luck: 1, revert: 1 } },
  { kind: server, name: 'a plan that is not shown for a moment', faults: { flicker: 2, lost: 1 } },
  { kind: server, name: 'a look that is denied', faults: { denied: 1, lost: 1 } },
  { kind: server, name: 'a slow request, then another rotation', faults: { slow: 1, takeover: 1, again: 1 } },
  { kind: server, name: 'an empty store', faults: { takeover: 1 }, store: 'empty' },
  { kind: server, name: 'a drifted store', faults: { takeover: 1 }, store: 'drifted' },
  { kind: server, name: 'many 1', faults: { lost: 1, slow: 1, takeover: 1, planFails: 1, foreign: 1 } },
  { kind: server, name: 'many 2', faults: { takeover: 2, foreign: 1 } },
  { kind: server, name: 'many 3', faults: { takeover: 2, planFails: 1 } },
  { kind: server, name: 'many 4', faults: { takeover: 1, label: 1, slow: 1, revert: 1 } },
  {
    kind: server,
    name: 'a lost reply that nobody can read, and a person',
    faults: { hidden: 1, lost: 1, person: 2 },
  },
  {
    kind: server,
    name: 'the same, with a takeover',
    faults: { hidden: 1, lost: 1, person: 2, takeover: 1 },
  },
  {
    kind: server,
    name: 'a slow request that nobody can read, and a person',
    faults: { hidden: 1, slow: 1, person: 2 },
  },
  { kind: caller, name: 'no fault', faults: {} },
  { kind: caller, name: 'lucky probes', faults: { luck: 1 } },
  { kind: caller, name: 'two takeovers', faults: { takeover: 2 } },
  { kind: caller, name: 'a lost reply and a takeover', faults: { lost: 1, takeover: 1 } },
  {
    kind: caller,
    name: 'a slow request, a takeover, a deadline',
    faults: { slow: 1, takeover: 1, deadline: 1 },
  },
  { kind: caller, name: 'a deadline twice, slow, taken over', faults: { slow: 1, takeover: 1, deadline: 2 } },
  { kind: caller, name: 'a stale read by label', faults: { lost: 1, stale: 1 } },
  { kind: caller, name: 'a half write', faults: { half: 1, takeover: 1 } },
  { kind: caller, name: 'the old token is put back', faults: { revert: 1, takeover: 1 } },
  { kind: caller, name: 'the old token is put back three times', faults: { revert: 3 } },
  {
    kind: caller,
    name: 'label moved, old token back, deadline, zombie',
    faults: { takeover: 1, label: 1, revert: 1, deadline: 1 },
  },
  { kind: caller, name: 'label moved, old token back three times', faults: { label: 1, revert: 3 } },
  { kind: caller, name: 'a foreign token', faults: { foreign: 1, takeover: 1 } },
  { kind: caller, name: 'a moved label', faults: { label: 1, takeover: 1 } },
  { kind: caller, name: 'a zombie, a deadline, a lost reply', faults: { takeover: 1, deadline: 1, lost: 1 } },
  { kind: caller, name: 'a look that is denied', faults: { denied: 1, lost: 1 } },
  { kind: caller, name: 'a slow request, then another rotation', faults: { slow: 1, takeover: 1, again: 1 } },
  { kind: caller, name: 'an empty store', faults: { takeover: 1 }, store: 'empty' },
  { kind: caller, name: 'a drifted store', faults: { takeover: 1, deadline: 1 }, store: 'drifted' },
  { kind: caller, name: 'a denied look and a person', faults: { denied: 1, person: 2, takeover: 1 } },
  {
    kind: caller,
    name: 'a denied look, a slow request and a person',
    faults: { denied: 1, slow: 1, person: 1, takeover: 1 },
  },
  { kind: caller, name: 'many 1', faults: { lost: 1, takeover: 1, deadline: 1, half: 1, revert: 1 } },
  { kind: caller, name: 'many 2', faults: { slow: 1, takeover: 1, deadline: 1, foreign: 1 } },
  { kind: caller, name: 'many 3', faults: { takeover: 2, deadline: 1 } },
  { kind: caller, name: 'many 4', faults: { takeover: 1, label: 1, deadline: 1, lost: 1 } },
];

export function scenario(kind: Scenario['kind'], name: string): Scenario {
  const found = SCENARIOS.find((one) => one.kind === kind && one.name === name);
  if (!found) throw new Error(`there is no scenario ${kind}, ${name}`);
  return found;
}

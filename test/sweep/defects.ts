import { randomUUID } from 'node:crypto';
import type { Change, Claim, Journal } from '../../src/journal/journal.js';
import type { Issuer } from '../../src/issuers/issuer.js';
import { changedBy } from '../../src/journal/rows.js';
import { systemClock } from '../../src/rotation/clock.js';
import type { Ports } from '../../src/rotation/ports.js';
import type { Run, StateName } from '../../src/rotation/run.js';
import type { Target } from '../../src/targets/target.js';
import type { Defect } from '../simulation/process.js';

type Planted = Defect & { /** Where it shows. */ readonly path: string };

const WEBHOOK = 'target: webhook, by reference';
const INTENTS: readonly StateName[] = ['resetting', 'setting'];

/** What a hasty implementation would do. Each wraps what production has, and must be found by the sweep. */
export const defects: readonly Planted[] = [
  {
    name: 'no intent: nothing is written before the reset',
    path: 'cloud: success',
    journal: (journal) =>
      forgetful(journal, ({ state }) => state !== undefined && INTENTS.includes(state.state)),
  },
  {
    name: 'blind second reset: an unanswered one is sent again',
    path: 'cloud: success',
    ports: (ports) =>
      withIssuer(ports, (issuer) => {
        if (issuer.kind === 'caller-chosen') return issuer;
        const reset: typeof issuer.reset = async (resource, signal) =>
          issuer.reset(resource, signal).catch(async () => issuer.reset(resource, signal));
        return over(issuer, { reset });
      }),
  },
  {
    name: 'no intent again: nothing is written before the reset that a person asked for',
    path: 'cloud: a person asks to reset again',
    journal: (journal) =>
      forgetful(journal, ({ state, asked }) => state?.state === 'resetting' && asked === null),
  },
  {
    name: 'unconditional promote: whatever is current is replaced',
    path: 'cloud: success',
    ports: (ports) => ({
      ...ports,
      store: over(ports.store, {
        promote: async (version, _expected, signal) => {
          const { current } = await ports.store.heads(signal);
          if (current) await ports.store.promote(version, current.version, signal);
        },
      }),
    }),
  },
  {
    name: 'promote before accept: what is staged is taken for accepted',
    path: 'fleet: success',
    ports: (ports) => ({ ...ports, prober: credulous(ports.prober) }),
  },
  {
    name: 'journal write swallowed: what a process has written is not there after it',
    path: 'cloud: success',
    journal: (journal) => forgetful(journal, ({ state }) => state !== undefined && state.state !== 'ended'),
  },
  {
    name: 'lease ignored: a process goes on with a run that another one has',
    path: 'cloud: success',
    clock: { ...systemClock, monotonic: () => 0 },
    journal: (journal) => leaseless(journal),
  },
  {
    name: 'converged without a word: whoever has taken a delivery is said to run with it',
    path: WEBHOOK,
    ports: (ports) => ({
      ...ports,
      targets: ports.targets.map((named) => ({ ...named, target: hasty(named.target) })),
    }),
  },
  {
    name: 'another webhook-id on each try: a receiver takes one delivery for two',
    path: WEBHOOK,
    runId: (id) => `${id} ${randomUUID()}`,
  },
];

export function defectOf(name: string): Defect {
  const defect = defects.find((one) => one.name === name);
  if (defect) return defect;
  throw new Error(`there is no defect ${name}`);
}

/** Says that it has written what it has not; the process itself sees what it believes to be there. */
function forgetful(journal: Journal, swallows: (change: Change) => boolean): Journal {
  const believed = new Map<string, readonly Omit<Change, 'asked'>[]>();
  const seen = (run: Run): Run =>
    (believed.get(run.id) ?? []).reduce((before, change) => changedBy(change, before, before.startedAt), run);
  return over(journal, {
    find: async (id) => {
      const run = await journal.find(id);
      return run && seen(run);
    },
    append: async (claim, change) => {
      const { asked: _asked, ...believable } = change;
      believed.set(claim.runId, [...(believed.get(claim.runId) ?? []), believable]);
      if (swallows(change)) {
        const run = await journal.find(claim.runId);
        if (!run) throw new Error('no run');
        return seen(run);
      }
      return seen(await journal.append(claim, change));
    },
  });
}

/** Takes any run that is not ended, and writes under whatever claim is the newest. */
function leaseless(journal: Journal): Journal {
  const last = (claim: Claim): Claim => claims.get(claim.runId) ?? claim;
  return over(journal, {
    claim: async () => {
      const claim = await journal.claim();
      if (claim) claims.set(claim.runId, claim);
      return claim;
    },
    renew: async (held) => {
      await journal.renew(held.map(last));
      return held;
    },
    append: async (claim, change) => journal.append(last(claim), change),
  });
}

/** Of all processes: this is what none of them could know. */
const claims = new Map<string, Claim>();

function credulous(prober: Ports['prober']): Ports['prober'] {
  return over(prober, {
    probe: async (url, tokens, connections, signal) => {
      const said = await prober.probe(url, tokens, connections, signal);
      // The first is the wanted one.
      return said.map((answers, index) =>
        index === 0
          ? { accepted: connections, refused: 0, unclear: 0 }
          : { ...answers, accepted: 0, refused: connections, unclear: 0 },
      );
    },
    tryIntake: async () => ({ accepted: 1, refused: 0, unclear: 0 }),
  });
}

function hasty(target: Target): Target {
  return over(target, { observe: async () => ({ state: 'converged', seen: 1, of: 1 }) });
}

function withIssuer(ports: Ports, change: (issuer: Issuer) => Issuer): Ports {
  return { ...ports, issuers: over(ports.issuers, { of: (resource) => change(ports.issuers.of(resource)) }) };
}

/** The same object with other members in front of its own. */
function over<T extends object>(one: T, changes: Partial<T>): T {
  return new Proxy(one, {
    get: (target, name) => {
      if (name in changes) return Reflect.get(changes, name);
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

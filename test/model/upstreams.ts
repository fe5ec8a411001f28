import { stallOf } from '../../src/rotation/run.js';
import type { Request, Said, State } from './state.js';
import { FIRST, FOREIGN, givenVersion, MOVED } from './state.js';

/** What happens although no replica of Rotor does anything now. */
export type Move = { readonly what: string; readonly apply: (state: State) => void };

export function worldMoves(state: State): Move[] {
  return [
    ...requests(state),
    ...plans(state),
    ...switches(state),
    ...otherPeople(state),
    ...operators(state),
  ];
}

/** Nothing is on its way to the instances. */
export function isAtRest({ server }: State): boolean {
  if (server.pending !== null) return false;
  return server.rolledOut !== server.version || server.live.every((token) => token === server.current);
}

function requests(state: State): Move[] {
  return state.wire.flatMap((request, index) => {
    const outcomes = [false, ...(state.left.lost > 0 ? [true] : [])];
    const writes = [false, ...(request.does === 'set' && state.left.half > 0 ? [true] : [])];
    return outcomes.flatMap((lost) =>
      writes.map((half) => ({
        what: `${request.does} of replica ${request.from} is carried out${half ? ' by half' : ''}${lost ? ', its reply is lost' : ''}`,
        apply: (next: State) => {
          next.wire.splice(index, 1);
          const said = carryOut(next, request, half);
          if (half) next.left.half -= 1;
          if (lost) next.left.lost -= 1;
          answer(next, request, lost || half ? { ok: false, why: 'unknown' } : said);
        },
      })),
    );
  });
}

function answer(state: State, { id, from }: Request, said: Said): void {
  const replica = state.replicas[from];
  if (replica?.waits?.id !== id) return;
  replica.answer = { follow: replica.waits.follow, said };
  replica.waits = null;
}

function carryOut(state: State, request: Request, half: boolean): Said {
  const { server, store } = state;
  const refused = { ok: false, why: 'refused' } as const;
  switch (request.does) {
    case 'reset':
      if (server.pending !== null) return refused;
      server.issued += 1;
      server.pending = `T${server.issued}`;
      server.resets[request.run] = (server.resets[request.run] ?? 0) + 1;
      if ((server.resets[request.run] ?? 0) > 1 + server.resetsAsked)
        state.broken = 'two resets were carried out for one run';
      return { ok: true, token: server.pending };
    case 'set':
      if (request.precondition !== null && request.precondition !== `p${server.version}`) return refused;
      putInForce(state, request.token, half);
      return { ok: true };
    case 'stage': {
      store.versions[request.key] ??= request.token;
      if (!store.labelled.includes(request.key)) store.labelled.push(request.key);
      if (store.current === null) makeCurrent(state, request.key);
      return { ok: true, token: store.versions[request.key] ?? '' };
    }
    case 'promote':
      if (store.current === request.version) return { ok: true };
      if (store.current !== request.expected) return refused;
      if (isAfterTheEnd(state, request.version))
        state.broken = 'a promotion was carried out after its run had ended';
      makeCurrent(state, request.version);
      return { ok: true };
  }
}

/** The run has ended on another token: what it had on the wire must not count any more. */
function isAfterTheEnd({ run, store }: State, version: string): boolean {
  if (run.state.state !== 'ended' || !run.state.current) return false;
  return run.state.current.fingerprint !== store.versions[version];
}

function putInForce({ server }: State, token: string, half = false): void {
  server.current = token;
  server.version += 1;
  if (!half) server.rolledOut = server.version;
}

function makeCurrent(state: State, version: string): void {
  const { store, server } = state;
  const token = store.versions[version] ?? '';
  if (!server.proven.includes(token))
    state.broken = 'a token became current that the server has never accepted';
  store.before = store.current;
  store.current = version;
}

function plans({ server, left }: State): Move[] {
  const { pending } = server;
  if (pending === null) return [];
  const applied: Move = {
    what: 'the plan is applied',
    apply: (next) => {
      next.server.pending = null;
      next.server.failedAttempt = null;
      putInForce(next, pending);
    },
  };
  const failed: Move = {
    what: 'the plan FAILS',
    apply: (next) => {
      next.left.planFails -= 1;
      next.server.pending = null;
      next.server.failedAttempt = next.server.issued;
    },
  };
  return left.planFails > 0 ? [applied, failed] : [applied];
}

function switches({ server }: State): Move[] {
  if (server.rolledOut !== server.version) return [];
  return server.live.flatMap((token, index) =>
    token === server.current
      ? []
      : [
          {
            what: `instance ${index} switches to ${server.current}`,
            apply: ({ server: next }: State) => {
              next.live[index] = next.current;
              if (!next.proven.includes(next.current)) next.proven.push(next.current);
            },
          },
        ],
  );
}

const WISHES = ['retry', 'adopt', 'rollback', 'reset_again'] as const;

/** Whoever runs Rotor. */
function operators({ run, server, store, left }: State): Move[] {
  const moves: Move[] = [];
  if (left.hidden > 0 && !server.hidden) {
    moves.push({
      what: 'the issuer shows no token any more',
      apply: (next) => {
        next.left.hidden -= 1;
        next.server.hidden = true;
      },
    });
  }
  if (server.hidden) {
    moves.push({
      what: 'the issuer shows its tokens again',
      apply: (next) => {
        next.server.hidden = false;
      },
    });
  }
  if (left.person === 0) return moves;
  for (const what of isWaiting(run) ? WISHES : []) {
    moves.push({
      what: `a person asks to ${what}`,
      apply: (next) => {
        next.left.person -= 1;
        next.run.asked = what;
      },
    });
  }
  const [inForce = '', other] = server.live;
  const isNew = Object.values(store.versions).every((token) => token !== inForce);
  if (server.hidden && inForce === other && isNew) {
    moves.push({
      what: 'a person puts the token in force into the store',
      apply: (next) => {
        next.store.versions[givenVersion(inForce)] = inForce;
        makeCurrent(next, givenVersion(inForce));
      },
    });
  }
  return moves;
}

/** What is to be done is theirs alone: a run says so, or the issuer's tokens have to be shown again. */
export function isForAPerson({ run, server, left }: Pick<State, 'run' | 'server' | 'left'>): boolean {
  return server.hidden || (left.person > 0 && isWaiting(run));
}

function isWaiting({ asked, state }: State['run']): boolean {
  return asked === null && stallOf(state) !== undefined;
}

function otherPeople({ server, left }: State): Move[] {
  const moves: Move[] = [];
  const isFree = server.pending === null;
  if (left.revert > 0 && isFree && server.current !== FIRST) {
    moves.push({
      what: 'somebody puts the first token back',
      apply: (next) => {
        next.left.revert -= 1;
        putInForce(next, FIRST);
      },
    });
  }
  if (left.foreign > 0 && isFree) {
    moves.push({
      what: 'somebody sets a token of their own',
      apply: (next) => {
        next.left.foreign -= 1;
        putInForce(next, FOREIGN);
      },
    });
  }
  if (left.label > 0) {
    moves.push({
      what: 'somebody moves the label to a version of their own',
      apply: ({ store, left: next }) => {
        next.label -= 1;
        store.versions[MOVED] = 'not a token of the server';
        store.before = store.current;
        store.current = MOVED;
      },
    });
  }
  return moves;
}

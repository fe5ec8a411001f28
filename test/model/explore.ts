import { hash } from 'node:crypto';
import { replicaMoves, takeovers, timeouts } from './replicas.js';
import type { Rules } from './rules.js';
import type { Scenario, State } from './state.js';
import { beginning, currentToken } from './state.js';
import type { Move } from './upstreams.js';
import { isAtRest, isForAPerson, worldMoves } from './upstreams.js';

export type Violation = {
  readonly what: string;
  /** The shortest way there, a line a step. */
  readonly trace: readonly string[];
};

export type Explored = {
  readonly states: number;
  /** Not every state was reached within the bound. */
  readonly cut: boolean;
  readonly violations: readonly Violation[];
};

export type Bound = {
  /** States at the most. */
  readonly max: number;
  /** Ends with the first violation. */
  readonly untilFirst?: boolean;
};

/** Breadth first, so that the first trace to a violation is a shortest one. */
export function explore(scenario: Scenario, rules: Rules, bound: Bound): Explored {
  return new Exploration(scenario, rules).run(bound);
}

class Exploration {
  readonly #numbers = new Map<string, number>();
  readonly #cameFrom: { readonly state: number; readonly what: string }[] = [];
  readonly #edges: [number, number][] = [];
  readonly #good: number[] = [];
  readonly #violations = new Map<string, Violation>();
  /** By number; undefined once visited: there are many, and none is needed again. */
  readonly #queue: (State | undefined)[] = [];

  constructor(
    scenario: Scenario,
    private readonly rules: Rules,
  ) {
    this.#reach(beginning(scenario), { state: -1, what: 'the beginning' });
  }

  run({ max, untilFirst = false }: Bound): Explored {
    let visited = 0;
    for (; visited < this.#queue.length && visited < max; visited += 1) {
      if (untilFirst && this.#violations.size > 0) break;
      const state = this.#queue[visited];
      this.#queue[visited] = undefined;
      if (state) this.#visit(visited, state);
    }
    const cut = visited < this.#queue.length;
    if (!cut) this.#checkLiveness();
    return { states: visited, cut, violations: [...this.#violations.values()] };
  }

  #visit(number: number, state: State): void {
    if (state.broken !== undefined) return this.#violated(state.broken, number);
    const holder = state.replicas.length - 1;
    const byReplicas = state.replicas.map((_, index) => replicaMoves(state, index, this.rules));
    const isIdle = byReplicas[holder]?.length === 0 && !state.replicas[holder]?.waits;
    if (isIdle && isAtRest(state)) this.#atRest(number, state);
    const moves = [...worldMoves(state), ...timeouts(state), ...takeovers(state), ...byReplicas.flat()];
    // Written once, read anew for each move: a copy that the move may change.
    const written = JSON.stringify(state);
    for (const move of moves) this.#follow(number, JSON.parse(written) as State, move);
  }

  #follow(from: number, next: State, { what, apply }: Move): void {
    apply(next);
    this.#edges.push([from, this.#reach(next, { state: from, what })]);
  }

  #reach(state: State, cameFrom: { state: number; what: string }): number {
    const key = keyOf(state);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    this.#numbers.set(key, number);
    this.#cameFrom.push(cameFrom);
    this.#queue.push(state);
    return number;
  }

  #atRest(number: number, state: State): void {
    // Who can be asked for it will: what nobody can read any more is for a person alone.
    if (isForAPerson(state) && !this.#isWell(state)) return;
    const { live } = state.server;
    const current = currentToken(state);
    const stored = Object.values(state.store.versions);
    if (live.some((token) => !stored.includes(token)))
      return this.#violated('at rest the server accepts a token that is not in the store', number);
    if (live.some((token) => token !== current))
      return this.#violated(
        'at rest the current token in the store is not the one that the server accepts',
        number,
      );
    if (state.run.state.state !== 'ended')
      return this.#violated(`a run stays in ${state.run.state.state} for ever`, number);
    this.#good.push(number);
  }

  #isWell(state: State): boolean {
    const current = currentToken(state);
    return state.run.state.state === 'ended' && state.server.live.every((token) => token === current);
  }

  /** From every state a good rest can still be reached. */
  #checkLiveness(): void {
    const before = new Map<number, number[]>();
    for (const [from, to] of this.#edges) before.set(to, [...(before.get(to) ?? []), from]);
    const alive = new Set(this.#good);
    const open = [...alive];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (const from of before.get(next) ?? []) {
        if (alive.has(from)) continue;
        alive.add(from);
        open.push(from);
      }
    }
    const lost = [...this.#numbers.values()].find((number) => !alive.has(number));
    if (lost !== undefined) this.#violated('a state from which no good rest can be reached', lost);
  }

  #violated(what: string, number: number): void {
    if (this.#violations.has(what)) return;
    const trace: string[] = [];
    for (let at = number; at >= 0;) {
      const from = this.#cameFrom[at];
      if (!from) break;
      trace.unshift(from.what);
      at = from.state;
    }
    this.#violations.set(what, { what, trace });
  }
}

/** States are plain data: quicker than `structuredClone` by far. */
function keyOf({ sent: _sent, ...state }: State): string {
  return hash('md5', JSON.stringify(state), 'base64');
}

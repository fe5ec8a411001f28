import type { Agent } from 'node:https';

/** What a process keeps by name for all that go through one agent, for as long as that is in use. */
export class PerAgent<Value> {
  readonly #kept = new WeakMap<Agent, Map<string, Value>>();

  of(agent: Agent): Map<string, Value> {
    const known = this.#kept.get(agent) ?? new Map<string, Value>();
    this.#kept.set(agent, known);
    return known;
  }
}

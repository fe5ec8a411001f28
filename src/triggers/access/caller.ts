import { hasLabels, type Grant, type Labels } from './grant.js';
import type { Scope } from './scope.js';

export type Identity = {
  /** For the audit log: which token, or which subject of which issuer. */
  readonly name: string;
  /** Stays the same whatever they are called, and no other has it. */
  readonly id: string;
  /** As the config names them: the name of an API token, the subject of a JWT. Of two ids it may be one person. */
  readonly known: string;
};

/** Whoever has sent a request, and what they may do. */
export class Caller {
  constructor(
    readonly identity: Identity,
    private readonly grants: readonly Grant[],
  ) {}

  get name(): string {
    return this.identity.name;
  }

  /** With every rotation, and with the service as a whole. */
  mayEverywhere(scope: Scope): boolean {
    return this.#of(scope).some(({ labels }) => Object.keys(labels).length === 0);
  }

  /** With a rotation of these labels. */
  may(scope: Scope, labels: Labels): boolean {
    return this.#of(scope).some((grant) => hasLabels(labels, grant.labels));
  }

  /** With one rotation at least, if it is there. */
  mayAnywhere(scope: Scope): boolean {
    return this.#of(scope).length > 0;
  }

  /** With none but these. */
  mayOnly(scopes: readonly Scope[]): boolean {
    return this.grants.every(({ scope }) => scopes.includes(scope));
  }

  #of(scope: Scope): readonly Grant[] {
    return this.grants.filter((grant) => grant.scope === scope || grant.scope === 'admin');
  }
}

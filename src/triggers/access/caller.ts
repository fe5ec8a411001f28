import { hasLabels, type Grant, type Labels } from './grant.js';
import type { Scope } from './scope.js';

/** Whoever has sent a request, and what they may do. */
export class Caller {
  constructor(
    /** For the audit log: which token, or which subject of which issuer. */
    readonly name: string,
    private readonly grants: readonly Grant[],
  ) {}

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

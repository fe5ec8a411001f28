import { timingSafeEqual } from 'node:crypto';
import type { ApiTokens } from '../../journal/api-tokens.js';
import type { Journal } from '../../journal/journal.js';
import type { Clock } from '../../rotation/clock.js';
import { RotorError } from '../../rotation/errors.js';
import type { OperationId } from '../api/operations/index.js';
import type { Operation } from '../api/operations/operation.js';
import type { ApiToken } from '../api-token.js';
import { bearerIn } from './bearer.js';
import { Caller } from './caller.js';
import { parseGrant, type Labels } from './grant.js';
import type { TrustedIssuers } from './jwt.js';
import { OF_LINKS, type Scope } from './scope.js';
import { hashOf, idIn } from './token-form.js';

export type GatekeeperDeps = {
  readonly owner: ApiToken;
  readonly tokens: ApiTokens;
  readonly issuers: TrustedIssuers;
  readonly journal: Pick<Journal, 'find' | 'act' | 'approvals'>;
  readonly clock: Clock;
  readonly labelsOf: (rotation: string) => Labels | undefined;
};

/** What a request is about: the parameters of its path. */
export type Params = { readonly name?: string; readonly id?: string; readonly approval?: string };

/** A denial that goes on is one entry a minute: the log is not for whoever is denied to fill. */
const DENIAL_EVERY_MS = 60_000;

/** Who asks, and whether they may. */
export class Gatekeeper {
  readonly #deniedAt = new Map<string, number>();
  #issuers: TrustedIssuers;

  constructor(private readonly deps: GatekeeperDeps) {
    this.#issuers = deps.issuers;
  }

  /** From now on these, and no others. */
  trust(issuers: TrustedIssuers): void {
    this.#issuers = issuers;
  }

  /** Throws `unauthenticated` unless the header presents a token that is known and in force. */
  async identify(authorization: string | undefined): Promise<Caller> {
    const { owner } = this.deps;
    const presented = bearerIn(authorization);
    if (presented === undefined) throw this.#unknown('the request carries no API token');
    if (owner.is(presented)) return OWNER;
    const id = idIn(presented);
    if (id !== undefined) return this.#holder(id, presented);
    if (presented.split('.').length === 3) return this.#issuers.verify(presented);
    throw this.#unknown('the API token is not known');
  }

  /** By a token in an address. Throws `unauthenticated` also for one that may do more than an address should. */
  async identifyLink(token: string | undefined): Promise<Caller> {
    if (token === undefined) throw this.#unknown('the request carries no API token');
    const id = idIn(token);
    const caller = id === undefined ? undefined : await this.#holder(id, token);
    if (caller?.mayOnly(OF_LINKS)) return caller;
    throw this.#unknown(
      caller
        ? `${caller.name} may do more than a token in an address: logs and histories keep it there`
        : 'the API token in the address is not known',
    );
  }

  /** Throws `scope_missing`, which the audit log then tells. */
  async admit(
    caller: Caller,
    operation: Operation & { readonly id: OperationId },
    params: Params,
  ): Promise<void> {
    const { scope, orScope, isNarrowed } = operation;
    if (scope === null || scope === 'delivery' || caller.mayEverywhere(scope)) return;
    if (isNarrowed === true && caller.mayAnywhere(scope)) return;
    const rotation = await this.#rotationOf(params);
    if (orScope !== undefined && this.may(caller, orScope, rotation)) return;
    await this.assertMay(caller, scope, operation.id, rotation);
  }

  /** With one rotation, or with the whole service. */
  may(caller: Caller, scope: Scope, rotation: string | undefined): boolean {
    if (caller.mayEverywhere(scope)) return true;
    const labels = rotation === undefined ? undefined : this.deps.labelsOf(rotation);
    return labels !== undefined && caller.may(scope, labels);
  }

  /** Of one rotation, or of the whole service. Throws `scope_missing`, which the audit log then tells. */
  async assertMay(
    caller: Caller,
    scope: Scope,
    operation: OperationId,
    rotation: string | undefined,
  ): Promise<void> {
    if (this.may(caller, scope, rotation)) return;
    // What the config does not declare is the caller's own words.
    const isDeclared = rotation !== undefined && this.deps.labelsOf(rotation) !== undefined;
    await this.#note(caller, operation, isDeclared ? rotation : undefined);
    const where = rotation === undefined ? 'the whole service' : rotation;
    throw new RotorError(
      'scope_missing',
      `${caller.name} may not do this: it needs the scope ${scope} for ${where}`,
      {
        effect: 'not_applied',
        hint: 'Somebody with the scope admin gives it: `rotor token create`, or server.auth.jwt in the config.',
      },
    );
  }

  /** For the audit log, of what is refused for another reason than a scope: never more than one a minute of each. */
  async noteDenied(caller: Caller, operation: OperationId, rotation: string): Promise<void> {
    await this.#note(caller, operation, rotation);
  }

  /** Who may start a run that no pause stops is who may also end the pause. Throws `scope_missing`. */
  async assertEmergency(caller: Caller, operation: OperationId, rotation: string): Promise<void> {
    if (!caller.mayEverywhere('pause')) await this.assertMay(caller, 'pause', operation, rotation);
  }

  async #holder(id: string, presented: string): Promise<Caller> {
    const { tokens, clock } = this.deps;
    const kept = await tokens.find(id);
    if (!kept || !timingSafeEqual(Buffer.from(hashOf(presented)), Buffer.from(kept.hash)))
      throw this.#unknown('the API token is not known');
    const name = `the API token ${kept.name} (${id})`;
    if (kept.revokedAt !== undefined) throw this.#unknown(`${name} was revoked`);
    if (clock.now() >= kept.expiresAt)
      throw this.#unknown(`${name} expired at ${new Date(kept.expiresAt).toISOString()}`);
    // A disk that is full must not keep anybody from seeing that it is.
    await tokens.noteUse(kept).catch(() => undefined);
    return new Caller({ name, id: `token ${id}`, known: kept.name }, kept.grants.map(parseGrant));
  }

  async #rotationOf({ name, id, approval }: Params): Promise<string | undefined> {
    if (name !== undefined) return name;
    const { journal } = this.deps;
    if (approval !== undefined) return (await journal.approvals.find(approval))?.rotation;
    return id === undefined ? undefined : (await journal.find(id))?.rotation;
  }

  async #note(caller: Caller, operation: OperationId, resource: string | undefined): Promise<void> {
    const { journal, clock } = this.deps;
    const key = `${caller.name} ${operation} ${resource ?? ''}`;
    const before = this.#deniedAt.get(key);
    if (before !== undefined && clock.monotonic() - before < DENIAL_EVERY_MS) return;
    if (this.#deniedAt.size > MOST_DENIALS) this.#deniedAt.clear();
    this.#deniedAt.set(key, clock.monotonic());
    await journal.act({
      what: 'denied',
      by: caller.name,
      operation,
      ...(resource !== undefined && { resource }),
    });
  }

  #unknown(why: string): RotorError {
    return new RotorError('unauthenticated', why, {
      effect: 'not_applied',
      hint: `Send \`Authorization: Bearer …\` with the token ${this.deps.owner.where}, or one of \`rotor token create\`.`,
    });
  }
}

const MOST_DENIALS = 1_000;
/** Whoever can read the state directory, or sets the environment of the service. */
const OWNER = new Caller({ name: 'the owner', id: 'owner', known: 'owner' }, [
  { scope: 'admin', labels: {} },
]);

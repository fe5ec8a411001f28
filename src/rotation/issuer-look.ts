import type { IssuerView, SeenToken } from '../issuers/issuer.js';
import type { Clock } from './clock.js';
import { apmUrlsOf, type Ports } from './ports.js';
import type { Purse } from './purse.js';
import type { Millis, Run } from './run.js';
import type { Fingerprint } from './secret.js';
import { tokenFinding, yamlFinding } from './tokens.js';
import type { IssuerSight } from './world.js';

/** What is looked at: a run, or its rotation between two runs. */
export type Subject = Pick<Run, 'resource' | 'policy'>;

type Sight = Omit<IssuerSight, 'steadySince'>;

/** Asks the issuer, keeps its tokens in the purse, and remembers for how long it has shown the same. */
export class IssuerLook {
  /** Where tokens are proven; empty before the first look. */
  apmUrl = '';
  apmUrls: readonly string[] = [];
  credentialExpires: Date | undefined;
  #lastSight = '';
  #last: { readonly at: Millis; readonly sight: IssuerSight } | undefined;
  #steadySince: Millis = 0;

  constructor(
    private readonly ports: Ports,
    private readonly clock: Clock,
    private readonly purse: Purse,
  ) {}

  async at({ resource }: Subject, signal: AbortSignal): Promise<IssuerSight> {
    if (!resource) throw new Error('the issuer is looked at once the resource is known');
    const issuer = this.ports.issuers.of(resource);
    const view = await issuer.inspect(resource, signal);
    this.apmUrl = this.ports.apmUrl ?? view.apmUrl;
    this.apmUrls = apmUrlsOf(this.ports, view);
    this.credentialExpires = view.credentialExpires;
    const finding = issuer.kind === 'caller-chosen' ? findingOf(view) : undefined;
    const sight = { ...this.#sightOf(view), ...(finding !== undefined && { finding }) };
    const last = { ...sight, steadySince: this.#steadySinceOf(sight) };
    this.#last = { at: this.clock.monotonic(), sight: last };
    return last;
  }

  /** The last sight, where that was no longer ago and showed a plan under way with this token, as far as can be read. */
  pendingWithin(ms: number, token: Fingerprint): IssuerSight | undefined {
    const { at, sight } = this.#last ?? {};
    const isRecent = at !== undefined && this.clock.monotonic() - at < ms;
    const isIt = sight?.pending === token || sight?.pending === 'unreadable';
    return isRecent && isIt ? sight : undefined;
  }

  /** Progress is for people: it does not make what is shown another thing. */
  #steadySinceOf({ progress: _progress, ...lasting }: Sight): Millis {
    const seen = JSON.stringify(lasting);
    if (seen !== this.#lastSight) {
      this.#lastSight = seen;
      this.#steadySince = this.clock.now();
    }
    return this.#steadySince;
  }

  #sightOf(view: IssuerView): Sight {
    const { busy, attempt, failedAttempt, progress, rejected, moved, precondition } = view;
    return {
      current: this.#keep(view.current),
      ...(view.pending !== undefined && { pending: this.#keep(view.pending) }),
      ...(busy !== undefined && { busy }),
      ...(attempt !== undefined && { attempt }),
      ...(failedAttempt !== undefined && { failedAttempt }),
      ...(progress !== undefined && { progress }),
      ...(rejected !== undefined && { rejected }),
      ...(moved !== undefined && { moved }),
      precondition,
    };
  }

  #keep(token: SeenToken): Fingerprint | 'unreadable' {
    return token === 'unreadable' ? token : this.purse.put(token);
  }
}

function findingOf({ current }: IssuerView): string | undefined {
  return current === 'unreadable' ? undefined : (tokenFinding(current) ?? yamlFinding(current));
}

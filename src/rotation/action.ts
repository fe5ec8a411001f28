import type { Pin, VersionId } from '../stores/store.js';
import type { Code } from './errors.js';
import type { RunState } from './run.js';
import type { Fingerprint } from './secret.js';

/**
 * What to do next: at most one effect, and the state that follows when it succeeded. An effect that fails or whose
 * reply is lost leaves the state as it is: the next tick looks at the world and decides again.
 */
export type Action =
  /** Look again after this many milliseconds. */
  | { readonly do: 'wait'; readonly ms: number; readonly why: string }
  /** A journal entry, no effect. */
  | { readonly do: 'move'; readonly to: RunState; readonly note?: string }
  /** Record that the run waits for upstream or for a person, look again after this many milliseconds. */
  | { readonly do: 'stall'; readonly to: RunState; readonly ms: number; readonly reason: Code }
  /** On `base`, which is current; null only for the token in force. `again` tells copies of one token apart. */
  | {
      readonly do: 'stage';
      readonly token: Fingerprint;
      readonly base: VersionId | null;
      readonly again?: VersionId;
      readonly next: (pin: Pin) => RunState;
    }
  | { readonly do: 'mint'; readonly base: VersionId; readonly next: (pin: Pin) => RunState }
  | { readonly do: 'set'; readonly token: Pin; readonly precondition: string; readonly next: RunState }
  /** `intent` is made durable, then ONE request is sent, then its token is staged before anything else. */
  | {
      readonly do: 'reset';
      readonly base: VersionId;
      readonly intent: RunState;
      /** When it is proven that the request did not arrive. */
      readonly notApplied: RunState;
      readonly next: (pin: Pin) => RunState;
    }
  | {
      readonly do: 'promote';
      readonly version: VersionId;
      readonly expected: VersionId;
      readonly next: RunState;
    }
  | {
      readonly do: 'release';
      readonly versions: readonly VersionId[];
      readonly next: RunState;
      readonly note?: string;
    }
  /** A journal entry that says what became of what a person asked; the run stays as it is. */
  | { readonly do: 'answer'; readonly note: string }
  /** The token is current: the deliveries go on by their own ledger. */
  | { readonly do: 'deliver' }
  | { readonly do: 'nothing' };

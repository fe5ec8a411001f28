import type { Millis } from '../../rotation/run.js';
import type { Fingerprint } from '../../rotation/secret.js';

/** One delivery that is sent to a receiver. */
export type Offer = {
  /** The same on every try of one target in one run. */
  readonly delivery: string;
  readonly rotation: string;
  readonly target: string;
  /** A hash of its address: what another one has said under the same name is no word of this one. */
  readonly receiver: string;
  readonly fingerprint: Fingerprint;
};

export type Instances = { readonly seen: number; readonly of: number };

export type Heard = {
  /** Of the token that is asked about; absent where the receiver was last sent another one, or none. */
  readonly sentAt?: Millis;
  /** What it said of that token. */
  readonly instances?: Instances;
  /** Of how many instances it last spoke, with whatever token. */
  readonly lastOf?: number;
};

/** What is kept of the tokens of call-backs: their hashes. */
export interface Callbacks {
  /** Before it is sent: from then on a call-back with the token of that hash is known. */
  offer(offer: Offer, tokenHash: string): Promise<void>;
  /** The receiver has taken it. */
  sent(delivery: string): Promise<void>;
  /** Of a delivery that an older Rotor has sent it is not known to whom: it counts for any. */
  heard(target: Omit<Offer, 'delivery'>): Promise<Heard>;
  isKnown(delivery: string, tokenHash: string): Promise<boolean>;
  /** Throws `not_found`, and `request_invalid` where another token was delivered. */
  confirm(delivery: string, fingerprint: Fingerprint, instances: Instances): Promise<Omit<Offer, 'receiver'>>;
}

export type AccessKey = { readonly accessKeyId: string; readonly secretAccessKey: string };

export type TemporaryKey = AccessKey & {
  readonly sessionToken: string;
  /** Epoch milliseconds; good for nothing from then on. */
  readonly expiresAt: number;
  /** Whom a request is from that is signed with it. */
  readonly arn: string;
};

export type HeldKey = AccessKey | TemporaryKey;

/** Of the keys that nobody has taken on a role with. */
export const OWN_ACCOUNT = '000000000000';

/** Whom a request is from that is signed with it, as IAM names them. */
export function arnOf(key: HeldKey): string {
  return 'arn' in key ? key.arn : `arn:aws:iam::${OWN_ACCOUNT}:user/rotor`;
}

/** The access keys of one organisation: the one that a user has for good, and those that STS has given out. */
export class Keyring {
  readonly #temporary = new Map<string, TemporaryKey>();

  constructor(readonly permanent: AccessKey) {}

  add(key: TemporaryKey): void {
    this.#temporary.set(key.accessKeyId, key);
  }

  find(accessKeyId: string): HeldKey | undefined {
    if (accessKeyId === this.permanent.accessKeyId) return this.permanent;
    return this.#temporary.get(accessKeyId);
  }
}

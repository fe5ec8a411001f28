import type { AliasConfiguration, FunctionConfiguration } from '@aws-sdk/client-lambda';
import type { Fingerprint } from '../../rotation/secret.js';

type Status = Pick<FunctionConfiguration, 'RevisionId' | 'State' | 'LastUpdateStatus'>;

/**
 * Functions of which AWS was seen to have nothing left to do. A list does not tell that of any, and it tells the
 * revision: as long as that is the same one, nobody has begun another update
 * (https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html). Of variables, which may be secrets,
 * nothing is kept.
 */
export class Rest {
  readonly #seen = new Map<string, Status>();
  readonly #aliases = new Map<string, { readonly RevisionId: string; readonly fingerprint: Fingerprint }>();

  remember({ FunctionArn, RevisionId, State, LastUpdateStatus }: FunctionConfiguration): void {
    if (FunctionArn === undefined || RevisionId === undefined) return;
    const isAtRest = LastUpdateStatus === 'Successful' && (State === 'Active' || State === 'Inactive');
    if (isAtRest) this.#seen.set(FunctionArn, { RevisionId, State, LastUpdateStatus });
    else this.#seen.delete(FunctionArn);
  }

  /** What a list has shown, with what it does not show; undefined: that is not known. */
  of(listed: FunctionConfiguration): FunctionConfiguration | undefined {
    const status = this.#seen.get(listed.FunctionArn ?? '');
    return status && status.RevisionId === listed.RevisionId ? { ...listed, ...status } : undefined;
  }

  /** Seen converged, with all that belongs to it. */
  rememberAlias(alias: AliasConfiguration, fingerprint: Fingerprint): void {
    const { AliasArn, RevisionId, FunctionVersion } = alias;
    // Of $LATEST the alias does not tell when it changes; versions never do.
    if (AliasArn === undefined || RevisionId === undefined || FunctionVersion === '$LATEST') return;
    this.#aliases.set(AliasArn, { RevisionId, fingerprint });
  }

  /** Whether it points to the version still with which it was seen converged. */
  isAsBefore({ AliasArn = '', RevisionId }: AliasConfiguration, fingerprint: Fingerprint): boolean {
    const known = this.#aliases.get(AliasArn);
    return known !== undefined && known.RevisionId === RevisionId && known.fingerprint === fingerprint;
  }
}

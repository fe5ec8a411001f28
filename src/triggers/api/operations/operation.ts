import type { ZodObject, ZodType } from 'zod';
import type { Scope } from '../../access/scope.js';

/** A body in another form than JSON. */
export type Raw = {
  readonly mediaType: string;
  /** The same in another form, for whoever asks for it. */
  readonly alsoAs?: string;
  readonly description: string;
};

/** Of what starts a run or asks something of one. */
export const IDEMPOTENT = {
  'idempotency-key':
    'The same request, sent again with the same key within a day, gets the run that the first one got, and nothing is ' +
    'done twice (draft-ietf-httpapi-idempotency-key-header).',
} as const;

/** Of what is said of a rotation. */
export const ANSWERED_ONCE = {
  'idempotency-key':
    'The same request, sent again with the same key within a day, gets the answer of the first one, and nothing is done ' +
    'twice; the key with another request is refused (422).',
} as const;

export type Operation = {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** As in OpenAPI; `{name}` is a rotation, `{id}` a run, `{approval}` an approval: labels of a grant are those of that rotation. */
  readonly path: string;
  /** Null: for whoever can reach the address; `delivery`: for the token that came with this delivery, and no other. */
  readonly scope: Scope | 'delivery' | null;
  /** Enough as well, for a part of what it does: the controller says for which. */
  readonly orScope?: Scope;
  /** With labels it is not refused: it answers with, or works on, those rotations alone that the caller may see. */
  readonly isNarrowed?: true;
  /** The token may stand in the address, as `?token=`: one that may do nothing but such operations. */
  readonly isLink?: true;
  readonly summary: string;
  readonly query?: ZodObject;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: ZodType;
  /** A body that is no JSON: its media type. It reaches the controller as text. */
  readonly bodyAs?: string;
  readonly status?: 200 | 201 | 202 | 204;
  readonly answer: ZodType | Raw | null;
  /** In the place of problem details, for whoever asks for it. */
  readonly failsAs?: string;
};

export function isRaw(answer: Operation['answer']): answer is Raw {
  return answer !== null && 'mediaType' in answer;
}

import type { z } from 'zod';
import { digest } from '../../journal/digest.js';
import type { Approval } from '../../journal/approvals.js';
import type { ApprovalView as Answer } from '../api/answers/index.js';

export type ApprovalView = z.output<typeof Answer>;

const iso = (at: number): string => new Date(at).toISOString();

export function approvalView(approval: Approval, approvers: readonly string[]): ApprovalView {
  const { id, rotation, state, trigger, requestedBy, requestedAt, reason, expiresAt, decidedAt } = approval;
  const { planId = null, planDigest = null, decidedBy = null, comment = null, run = null } = approval;
  return {
    id,
    rotation,
    state,
    trigger,
    requestedBy,
    requestedAt: iso(requestedAt),
    reason,
    planId,
    planDigest,
    expiresAt: iso(expiresAt),
    decidedBy,
    decidedAt: decidedAt === undefined ? null : iso(decidedAt),
    comment,
    run,
    approvers: [...approvers],
  };
}

/**
 * A strong one, for `If-Match`: of what is kept, and of what a run of the rotation depends on in the config, which
 * whoever decides has looked at too. `basis`: see `DeclaredRotation`; undefined where the config declares it no longer.
 */
export function etagOf(approval: Approval, basis: unknown): string {
  return `"${digest([approval, basis]).slice(0, 32)}"`;
}

/** https://datatracker.ietf.org/doc/html/rfc9110#section-13.1.1: a weak one never matches. */
export function isMatch(header: string, etag: string): boolean {
  return header.split(',').some((one) => ['*', etag].includes(one.trim()));
}

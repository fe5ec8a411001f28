import { ENVIRONMENT_LABEL, type DeclaredApproval } from './approval-schema.js';

const HOUR_MS = 3_600_000;

export type ApprovalConfig = {
  readonly required: boolean;
  readonly environments: readonly string[];
  /** Empty: whoever has the scope. */
  readonly approvers: readonly string[];
  readonly expiresMs: number;
};

const APPROVAL: ApprovalConfig = {
  required: false,
  environments: [],
  approvers: [],
  expiresMs: 4 * HOUR_MS,
};

export function completeApproval(
  own: DeclaredApproval | undefined,
  shared: DeclaredApproval | undefined,
): ApprovalConfig {
  return { ...APPROVAL, ...inMs(shared), ...inMs(own) };
}

function inMs({ expires, ...rest }: DeclaredApproval = {}): Partial<ApprovalConfig> {
  return { ...rest, ...(expires !== undefined && { expiresMs: expires }) };
}

/** Of each new token of a rotation with these labels. */
export function isApprovalNeeded(
  { required, environments }: ApprovalConfig,
  labels: Readonly<Record<string, string>>,
): boolean {
  const environment = labels[ENVIRONMENT_LABEL];
  return required || (environment !== undefined && environments.includes(environment));
}

import { approvedConfig, ENVIRONMENT_LABEL } from './approval-schema.js';
import { completeApproval, isApprovalNeeded } from './approval-defaults.js';
import type { Problem } from './issues.js';
import { fieldOf } from './plain.js';

/** AWS starts its rotations itself and cannot be made to wait, so that an approval would be a promise that nobody keeps. */
export function approvalProblems(defaults: unknown, rotations: readonly unknown[]): Problem[] {
  const shared = approvedConfig.safeParse(defaults ?? {}).data;
  if (shared === undefined) return [];
  return rotations.flatMap((rotation, index) => {
    const own = approvedConfig.safeParse(rotation).data;
    if (own === undefined || fieldOf(fieldOf(rotation, 'store'), 'drivenBy') !== 'aws') return [];
    const environment = fieldOf(fieldOf(rotation, 'labels'), ENVIRONMENT_LABEL);
    const labels = typeof environment === 'string' ? { [ENVIRONMENT_LABEL]: environment } : {};
    if (!isApprovalNeeded(completeApproval(own.approval, shared.approval), labels)) return [];
    return [
      {
        path:
          own.approval === undefined
            ? ['rotations', index, 'store', 'drivenBy']
            : ['rotations', index, 'approval'],
        atKey: true,
        found: 'a rotation that AWS drives and whose new tokens need an approval',
        expected: 'one of the two, as AWS starts its rotations itself and cannot be made to wait',
        hint: 'Write approval: { required: false, environments: [] } in this rotation, or leave drivenBy out.',
      },
    ];
  });
}

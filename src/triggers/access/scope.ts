/** What a caller may do; `admin` may do all of it. */
export const SCOPES = [
  'read',
  'rotate',
  'approve',
  'pause',
  'audit',
  'metrics',
  'badge',
  'calendar',
  'admin',
] as const;
export type Scope = (typeof SCOPES)[number];

/** Of tokens that may stand in an address, where logs and histories keep them: they may do nothing else. */
export const OF_LINKS: readonly Scope[] = ['badge', 'calendar'];

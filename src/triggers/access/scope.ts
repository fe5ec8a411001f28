/** What a caller may do; `admin` may do all of it. */
export const SCOPES = ['read', 'rotate', 'pause', 'audit', 'metrics', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

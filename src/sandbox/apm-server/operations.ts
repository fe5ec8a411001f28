/** The endpoints of APM Server that the sandbox serves, by the names that fault rules use. */
export const APM_OPERATIONS = [
  { operation: 'apm.root', path: '/' },
  { operation: 'apm.intake', path: '/intake/v2/events' },
  { operation: 'apm.config', path: '/config/v1/agents' },
] as const;

export type ApmOperation = (typeof APM_OPERATIONS)[number]['operation'];

export function apmOperationOf(path: string): ApmOperation | undefined {
  return APM_OPERATIONS.find((served) => served.path === path)?.operation;
}

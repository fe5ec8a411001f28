/** Whether a run is meant where either may be named: names of rotations have no underscore. */
export function isRunId(name: string): boolean {
  return name.startsWith('run_');
}

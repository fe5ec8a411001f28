import { asRotorError } from '../rotation/errors.js';

/** Throws where it does not hold. */
export type Check = {
  readonly name: string;
  readonly run: () => unknown;
  /** Where it does not hold, somebody should know of it, and no probe. */
  readonly isWarning?: true;
};
type Result = {
  readonly name: string;
  readonly state: 'ok' | 'excluded' | 'failed' | 'warning';
  readonly error?: unknown;
};

export type Report = {
  readonly isOk: boolean;
  /** Of the first check that failed. */
  readonly error?: unknown;
  readonly text: string;
};

/**
 * Runs all of them but those that are excluded. The text has the form of kube-apiserver's, for people:
 * https://kubernetes.io/docs/reference/using-api/health-checks/
 */
export async function reportOf(
  endpoint: string,
  checks: readonly Check[],
  excluded: readonly string[] = [],
): Promise<Report> {
  const results = await Promise.all(
    checks.map(async (check) => (excluded.includes(check.name) ? skipped(check) : tried(check))),
  );
  const failed = results.find(({ state }) => state === 'failed');
  const unknown = excluded.filter((name) => !checks.some((check) => check.name === name));
  const lines = [
    ...results.map(lineOf),
    ...(unknown.length > 0
      ? [`warn: there is no check to exclude named ${unknown.map(quoted).join(', ')}`]
      : []),
    `${endpoint} check ${failed ? 'failed' : 'passed'}`,
  ];
  return { isOk: !failed, ...(failed && { error: failed.error }), text: `${lines.join('\n')}\n` };
}

function skipped({ name }: Check): Result {
  return { name, state: 'excluded' };
}

async function tried({ name, run, isWarning }: Check): Promise<Result> {
  try {
    await run();
    return { name, state: 'ok' };
  } catch (error) {
    return { name, state: isWarning ? 'warning' : 'failed', error };
  }
}

function lineOf({ name, state, error }: Result): string {
  if (state === 'failed') return `[-]${name} failed: ${asRotorError(error).message}`;
  if (state === 'warning') return `[!]${name} warning: ${asRotorError(error).message}`;
  return state === 'excluded' ? `[+]${name} excluded: ok` : `[+]${name} ok`;
}

/** Whoever asks has chosen it: on one line, and no longer than a name. */
function quoted(name: string): string {
  return JSON.stringify(name.slice(0, 40));
}

import { expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { endings } from './demo-endings.js';

const ROTOR = fileURLToPath(new URL('../bin/rotor.js', import.meta.url));
export const LONGEST_MS = 90_000;

/** With every run of the tests; the campaign tries the others. */
export const ALWAYS_TRIED = ['lost-reply', 'failed-plan', 'mode-change', 'killed'];

type Shown = {
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly code: string | null;
  readonly state: string;
  readonly chosen: string | null;
  readonly stalled: { readonly reason: string } | null;
  readonly detail: string;
  readonly fingerprints: { readonly previous: string | null; readonly current: string | null };
  readonly authGapMs: number | null;
  readonly events: { readonly sent: number; readonly accepted: number; readonly lost: number };
  readonly durationMs: number | null;
  readonly steps: readonly {
    readonly name: string;
    readonly status: string;
    readonly notes: readonly string[];
  }[];
  readonly deliveries: readonly { readonly wave: number; readonly state: string }[];
  readonly holds: { readonly acceptedIsStored: boolean; readonly acceptedIsCurrent: boolean };
};

/** The built command, as a user runs it. */
export async function demo(...flags: string[]): Promise<{ exit: number; shown: Shown }> {
  const options = { maxBuffer: 8 * 1024 * 1024, timeout: LONGEST_MS };
  const { exit, stdout, stderr } = await new Promise<{ exit: number; stdout: string; stderr: string }>(
    (resolve) => {
      const child = execFile(
        process.execPath,
        [ROTOR, 'demo', '--json', ...flags],
        options,
        (_error, out, err) => {
          resolve({ exit: child.exitCode ?? -1, stdout: out, stderr: err });
        },
      );
    },
  );
  if (!stdout.startsWith('{')) throw new Error(`the demo printed no JSON: ${stdout}${stderr}`);
  return { exit, shown: JSON.parse(stdout) as Shown };
}

/** One test for each of these faults. */
export function endAsNamed(faults: readonly string[]): void {
  const chosen = Object.entries(endings).filter(([fault]) => faults.includes(fault));
  it.concurrent.each(chosen)(
    'with the fault %s ends as named, says what holds, and keeps the accepted token in the store',
    async (fault, { exit, verdict, stalled, says }) => {
      const { exit: code, shown } = await demo('--fault', fault);
      expect({ ...shown, exit: code }).toMatchObject({ ...verdict, exit });
      expect(shown.stalled?.reason).toBe(stalled);
      expect(shown.detail).toMatch(says);
      expect(shown.holds.acceptedIsStored).toBe(true);
      // Only the instance that is stuck is on another token than the current one.
      expect(shown.holds.acceptedIsCurrent).toBe(fault !== 'stuck-instance');
    },
    LONGEST_MS,
  );
}

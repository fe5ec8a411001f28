import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { scenarios } from '../src/demo/scenarios/index.js';
import { endings } from './demo-endings.js';

const ROTOR = fileURLToPath(new URL('../bin/rotor.js', import.meta.url));
const LONGEST_MS = 90_000;

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
  readonly holds: { readonly acceptedIsStored: boolean; readonly acceptedIsCurrent: boolean };
};

/** The built command, as a user runs it. */
async function demo(...flags: string[]): Promise<{ exit: number; shown: Shown }> {
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

describe('rotor demo', () => {
  it('knows an ending for every fault that it offers', () => {
    expect(scenarios.map(({ name }) => name).toSorted()).toEqual(Object.keys(endings).toSorted());
  });

  it.concurrent(
    'rotates a token in the sandbox to the end and shows what it cost',
    async () => {
      const { exit, shown } = await demo('--seed', '7');
      expect({ exit, outcome: shown.outcome }).toEqual({ exit: 0, outcome: 'succeeded' });
      expect(shown.fingerprints.current).toMatch(/^[0-9a-f]{8}$/);
      expect(shown.fingerprints.current).not.toBe(shown.fingerprints.previous);
      expect(shown.events.lost).toBe(shown.events.sent - shown.events.accepted);
      expect(shown.events.accepted).toBeGreaterThan(0);
      expect(shown.authGapMs).toBeGreaterThan(0);
      expect(shown.steps.map(({ name }) => name)).toEqual([
        'prepare',
        'anchor',
        'reset',
        'accept',
        'promote',
        'settle',
        'deliver',
      ]);
      expect(shown.holds).toEqual({ acceptedIsStored: true, acceptedIsCurrent: true, accepted: 1 });
    },
    LONGEST_MS,
  );

  it.concurrent(
    'rotates a token of Fleet too, and says why it is set there',
    async () => {
      const { exit, shown } = await demo('--issuer', 'fleet');
      expect({ exit, outcome: shown.outcome }).toEqual({ exit: 0, outcome: 'succeeded' });
      expect(shown.chosen).toContain('its token is set in Kibana Fleet');
      expect(shown.steps.map(({ name }) => name)).toEqual([
        'prepare',
        'set',
        'accept',
        'promote',
        'settle',
        'deliver',
      ]);
      expect(shown.holds).toMatchObject({ acceptedIsStored: true, acceptedIsCurrent: true });
    },
    LONGEST_MS,
  );

  it.concurrent.each(Object.entries(endings))(
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
});

import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { scenarios } from '../src/demo/scenarios.js';

const ROTOR = fileURLToPath(new URL('../bin/rotor.js', import.meta.url));
const LONGEST_MS = 90_000;

type Shown = {
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly code: string | null;
  readonly state: string;
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

type Expected = {
  readonly exit: number;
  readonly verdict: Partial<Pick<Shown, 'outcome' | 'reason' | 'code' | 'state'>>;
  readonly stalled?: string;
  /** What the sentence has to name. */
  readonly says: RegExp;
};

const endings: Readonly<Record<string, Expected>> = {
  'wrong-key': { exit: 1, verdict: { reason: 'refused', code: 'upstream_unauthenticated' }, says: /API key/ },
  'unknown-deployment': {
    exit: 1,
    verdict: { reason: 'refused', code: 'upstream_not_found' },
    says: /checkout-pord/,
  },
  'managed-apm': { exit: 1, verdict: { reason: 'refused', code: 'not_rotatable' }, says: /Fleet/ },
  'pending-plan': { exit: 1, verdict: { reason: 'refused', code: 'upstream_busy' }, says: /pending/ },
  'failed-plan': { exit: 1, verdict: { reason: 'plan_failed' }, says: /did not go through/ },
  'lost-reply': { exit: 0, verdict: { outcome: 'succeeded' }, says: /accepted and current/ },
  'html-reply': { exit: 0, verdict: { outcome: 'succeeded' }, says: /accepted and current/ },
  'rate-limited': { exit: 0, verdict: { outcome: 'succeeded' }, says: /accepted and current/ },
  'store-denied': { exit: 1, verdict: { reason: 'refused', code: 'store_denied' }, says: /PutSecretValue/ },
  'store-moved': { exit: 0, verdict: { outcome: 'succeeded' }, says: /accepted and current/ },
  'open-authentication': {
    exit: 1,
    verdict: { reason: 'refused', code: 'authentication_open' },
    says: /switched off/,
  },
  'stuck-instance': {
    exit: 8,
    verdict: { outcome: null, state: 'accepting' },
    stalled: 'instances_disagree',
    says: /instance/,
  },
  'colleague-reset': { exit: 0, verdict: { outcome: 'succeeded' }, says: /accepted and current/ },
  'reload-fails': { exit: 4, verdict: { outcome: 'partial', reason: 'targets_failed' }, says: /service-1/ },
  killed: { exit: 0, verdict: { outcome: 'succeeded' }, says: /accepted and current/ },
};

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
      expect(shown.holds).toEqual({ acceptedIsStored: true, acceptedIsCurrent: true });
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

import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parting } from '../src/demo/account.js';
import { scenarios } from '../src/demo/scenarios/index.js';
import { begin } from '../src/demo/staying/begin.js';
import { rotationsAt } from '../src/demo/staying/rotations.js';
import { startStayingWorld } from '../src/demo/staying/world.js';
import { never } from './fakes/never.js';
import { until } from './fakes/until.js';
import { ALWAYS_TRIED, demo, endAsNamed, LONGEST_MS } from './demo-command.js';
import { endings } from './demo-endings.js';

describe('rotor demo', () => {
  it('knows an ending for every fault that it offers', () => {
    expect(scenarios.map(({ name }) => name).toSorted()).toEqual(Object.keys(endings).toSorted());
  });

  it.each(['failed', 'partial', null] as const)(
    'sends nobody to a service that is gone where the run ended as %s',
    (outcome) => {
      const said = parting(outcome).join('\n');
      expect(said).toContain('The sandbox has ended');
      expect(said).toMatch(/\nnext: rotor demo --fault list$/);
    },
  );

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

  // demo.campaign-spec.ts has the others.
  endAsNamed(ALWAYS_TRIED);
});

describe('rotor sandbox', () => {
  const MINE =
    'current: mine\ncontexts:\n  mine: { address: https://rotor.example.com, tokenFile: /nowhere }\n';
  // Without agents, which are processes of their own, and without a run that takes long.
  const rotations = rotationsAt(Date.now()).filter(({ name }) =>
    ['payments', 'accounts', 'billing', 'legacy'].includes(name),
  );

  it.concurrent(
    'stays up for another terminal, harms no context of its user, and leaves nothing behind',
    async () => {
      const home = await mkdtemp(join(tmpdir(), 'rotor-home-'));
      const contexts = join(home, 'rotor', 'contexts.yaml');
      await mkdir(join(home, 'rotor'));
      await writeFile(contexts, MINE);
      const heard: string[] = [];
      const world = await startStayingWorld({
        seed: 1,
        rotations,
        heard: ({ type }) => heard.push(type),
        signal: never(),
      });
      const { folder, shellFile } = world;
      /** As a person types it in the second terminal. */
      const typed = async (line: string): Promise<string> => {
        const env = { PATH: process.env['PATH'], XDG_CONFIG_HOME: home, ROTOR_TOKEN: 'of another service' };
        return (await promisify(execFile)('sh', ['-c', `. ${shellFile} && ${line}`], { env })).stdout;
      };
      try {
        await begin(await world.daemon.client(), rotations, never());
        const { rotations: shown } = JSON.parse(await typed('rotor status -o json')) as {
          rotations: readonly { readonly name: string; readonly state: string }[];
        };
        expect(Object.fromEntries(shown.map(({ name, state }) => [name, state]))).toEqual({
          accounts: 'new',
          billing: 'overdue',
          legacy: 'failed',
          payments: 'paused',
        });
        expect(await typed('curl -sH @"$ROTOR_SANDBOX/auth" "$ROTOR_ADDR/v1/status"')).toContain('"total":4');
        const { approvals } = JSON.parse(await typed('rotor get approvals -o json')) as {
          approvals: readonly object[];
        };
        // By somebody else than the owner, who is in the other terminal.
        expect(approvals).toEqual([
          expect.objectContaining({
            rotation: 'accounts',
            state: 'pending',
            requestedBy: expect.stringContaining('a colleague'),
          }),
        ]);
        await until('the failure is told', () => heard.includes('dev.rotor.rotation.failed.v1'));
        expect(await readFile(contexts, 'utf8')).toBe(MINE);
      } finally {
        await world.close();
        await rm(home, { recursive: true });
      }
      expect(existsSync(folder)).toBe(false);
      await expect(fetch(world.address)).rejects.toThrow('fetch failed');
    },
    LONGEST_MS,
  );
});

import { printData, printNote } from '../cli/print.js';
import { roomOf } from '../cli/room.js';
import { renderRun } from '../cli/tree.js';
import type { RunView } from '../triggers/run-view.js';
import type { Events, Holding } from './count.js';
import type { Scenario } from './scenarios/index.js';

/** What became of a demonstration. */
export type DemoResult = {
  readonly run: RunView;
  /** The rotation before it, where `run` is what the watch began. */
  readonly before?: RunView;
  readonly events: Events;
  readonly holds: Holding;
  /** How often the service was killed and started again. */
  readonly restarts: number;
};

export function introduce(scenario: Scenario | undefined): void {
  printNote('A sandbox on this machine: Elastic Cloud with Kibana and an APM Server of three');
  printNote('instances, AWS Secrets Manager, services with real elastic-apm-node agents and');
  printNote('simulated ones. Rotor runs in it as it does in production.');
  if (scenario) printNote(`Broken on purpose: ${scenario.says}.`);
  printNote('');
}

export function conclude({ run, before, events, holds, restarts }: DemoResult): void {
  const color = process.stdout.isTTY && process.stdout.hasColors();
  printNote('');
  if (before) {
    printData(renderRun(before, { color, events: 'not_yet', room: roomOf() }).join('\n'));
    printData(`\nFound between two runs: ${run.trigger.reason}.\n`);
  }
  printData(renderRun(run, { color, events, room: roomOf() }).join('\n'));
  printData('');
  if (restarts > 0) printData('The service was killed on the way, and started again.');
  printData(verdict(holds));
  printData('');
  printData(parting(run.outcome).join('\n'));
}

/** The sandbox ends with the demonstration: a command that would ask its service has nobody to ask. */
export function parting(outcome: RunView['outcome']): string[] {
  if (outcome !== 'succeeded')
    return [
      'The sandbox has ended, and this run with it: a command that is named above is for a service that goes on.',
      'next: rotor demo --fault list',
    ];
  return [
    'With your own account: a config by questions, which says what else it needs, then the service:',
    '  npx rotor init',
    '  npx rotor serve',
    '  npx rotor rotate NAME --watch',
  ];
}

/** By the world's own word, not by Rotor's. */
function verdict({ acceptedIsStored, accepted }: Holding): string {
  if (!acceptedIsStored) return 'A LIVE TOKEN IS NOT IN THE STORE.';
  return accepted > 1
    ? `The APM Server's instances accept ${accepted} tokens between them: all of them are in the store.`
    : 'The token that the APM Server accepts is in the store.';
}

export function summary(
  { run, before, events, holds, restarts }: DemoResult,
  seed: number,
  fault: string | undefined,
) {
  return { ...run, events, holds, restarts, seed, fault: fault ?? null, ...(before && { before }) };
}

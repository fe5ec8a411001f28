import { Option, type Command } from 'commander';
import { OUTCOMES } from '../../rotation/run.js';
import { APPROVAL_STATES } from '../../journal/approvals.js';
import { DEPLOYMENT_STATES } from '../../triggers/deployments/states.js';
import type { ApprovalsOptions } from '../get/approvals.js';
import type { getRuns as getSomeRuns, RotationsOptions } from '../get/rotations.js';
import type { TargetsOptions } from '../get/targets.js';
import type { DeploymentsOptions } from '../get/deployments.js';
import { outputOptions, type Output } from '../output.js';
import type { Done } from './done.js';

const SELECTOR = [
  '-l, --selector <labels>',
  'only of rotations with these labels: env=prod,team=shop',
] as const;

/** What there is, as a list or one of them. */
export function addGet(rotor: Command, done: Done): void {
  const get = rotor.command('get').description('list what there is, or one of it');
  const command = (usage: string, alias: string, description: string): Command => {
    const made = get.command(usage).alias(alias).description(description);
    for (const option of outputOptions()) made.addOption(option);
    return made;
  };
  command('rotations [rotation]', 'rotation', 'what every rotation is at, as `rotor status` shows it')
    .option(...SELECTOR)
    .option('--state <state>', 'only those that are at this: overdue, failed, stalled, paused, …')
    .action(async (name: string | undefined, options: RotationsOptions) => {
      const { getRotations } = await import('../get/rotations.js');
      done(await getRotations(name, options));
    });
  addApprovalsTo(
    command('approvals [approval]', 'approval', 'what waits for an approval or did so, newest first'),
    done,
  );
  addRunsTo(command('runs [run]', 'run', 'the runs of all rotations, newest first'), done);
  command('targets [target]', 'target', 'who gets the tokens, and whether each has the newest one')
    .option(...SELECTOR)
    .option('--rotation <name>', 'only of this one')
    .action(async (name: string | undefined, options: TargetsOptions) => {
      const { getTargets } = await import('../get/targets.js');
      done(await getTargets(name, options));
    });
  command(
    'deployments [deployment]',
    'deployment',
    'what each cloud has, which rotation selects it, and what none does',
  )
    .option('-l, --selector <labels>', 'only those that rotations with these labels select')
    .addOption(new Option('--state <state>', 'only those that are so').choices(DEPLOYMENT_STATES))
    .addHelpText('after', '\nExit code 6 where a cloud has not told of all that it has.')
    .action(async (name: string | undefined, options: DeploymentsOptions) => {
      const { getDeployments } = await import('../get/deployments.js');
      done(await getDeployments(name, options));
    });
}

function addRunsTo(command: Command, done: Done): void {
  command
    .option(...SELECTOR)
    .option('--rotation <name>', 'only of this one')
    .addOption(new Option('--outcome <outcome>', 'only those that ended so').choices(OUTCOMES))
    .option('--active', 'only those that go on')
    .option('--since <time>', 'only those that started then or later: 1d, or 2026-12-01T00:00:00Z')
    .option('--limit <n>', 'how many at the most', '20')
    .action(async (id: string | undefined, options: Parameters<typeof getSomeRuns>[1]) => {
      const { getRuns } = await import('../get/rotations.js');
      done(await getRuns(id, options));
    });
}

function addApprovalsTo(command: Command, done: Done): void {
  command
    .option(...SELECTOR)
    .option('--rotation <name>', 'only of this one')
    .addOption(new Option('--state <state>', 'only those that are so').choices(APPROVAL_STATES))
    .option('--limit <n>', 'how many at the most', '20')
    .action(async (id: string | undefined, options: ApprovalsOptions) => {
      const { getApprovals } = await import('../get/approvals.js');
      done(await getApprovals(id, options));
    });
}

/** All that is known of one. */
export function addDescribe(rotor: Command, done: Done): void {
  const describe = rotor
    .command('describe')
    .description('all that is known of one rotation, run, approval or deployment');
  const command = (usage: string, alias: string, description: string): Command => {
    const made = describe.command(usage).alias(alias).description(description);
    for (const option of outputOptions()) made.addOption(option);
    return made;
  };
  command('rotation <rotation>', 'rotations', 'its state, schedule, targets and last runs').action(
    async (name: string, options: Output) => {
      const { describeRotation } = await import('../describe.js');
      done(await describeRotation(name, options));
    },
  );
  command('run <run>', 'runs', 'who started it, its steps and its deliveries').action(
    async (id: string, options: Output) => {
      const { describeRun } = await import('../describe.js');
      done(await describeRun(id, options));
    },
  );
  command('approval <approval>', 'approvals', 'who has asked, who has decided, and why').action(
    async (id: string, options: Output) => {
      const { describeApproval } = await import('../get/approvals.js');
      done(await describeApproval(id, options));
    },
  );
  command('deployment <deployment>', 'deployments', 'its APM Servers, its tags and who rotates it').action(
    async (name: string, options: Output) => {
      const { describeDeployment } = await import('../describe.js');
      done(await describeDeployment(name, options));
    },
  );
}

import { Option, type Command } from 'commander';
import { DEPLOYMENT_STATES } from '../../triggers/deployments/states.js';
import type { DeploymentsOptions } from '../get/deployments.js';
import { outputOptions } from '../output.js';
import type { Done } from './done.js';

/** What there is, as a list or one of them. */
export function addGet(rotor: Command, done: Done): void {
  const get = rotor.command('get').description('list what there is, or one of it');
  const command = (usage: string, alias: string, description: string): Command => {
    const made = get.command(usage).alias(alias).description(description);
    for (const option of outputOptions()) made.addOption(option);
    return made;
  };
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

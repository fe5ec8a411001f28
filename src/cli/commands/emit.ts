import type { Command } from 'commander';
import type { IamOptions, RbacOptions } from '../emit/index.js';
import type { Done } from './done.js';

/** What others need to let Rotor do what the config says, and no more. */
export function addEmit(rotor: Command, done: Done): void {
  const emit = rotor.command('emit').description('print what your config needs around it');
  const command = (name: string, description: string): Command =>
    emit.command(name).description(description).option('-c, --config <file>', 'the config file');
  command('iam', 'the IAM policy of AWS for exactly the secrets, keys and targets of the config')
    .option('--for <identity>', 'where several ask AWS: the ARN of a role, or own')
    .option('--account <id>', 'the account of what the config gives by name; default: any')
    .option('--region <region>', 'the region of what the config gives none; default: AWS_REGION, else any')
    .action(async (options: IamOptions) => {
      const { emitIam } = await import('../emit/index.js');
      done(emitIam(options));
    });
  command('rbac', 'the roles in Kubernetes for exactly the namespaces, Secrets and workloads of the config')
    .option('--context <name>', 'where the config names several clusters')
    .option('--namespace <name>', 'where Rotor runs', 'rotor')
    .option('--service-account <name>', 'as whom', 'rotor')
    .action(async (options: RbacOptions) => {
      const { emitRbac } = await import('../emit/index.js');
      done(await emitRbac(options));
    });
}

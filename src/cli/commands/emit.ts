import { Option, type Command } from 'commander';
import { packageVersion } from '../../version.js';
import type { AlertsOptions, DashboardOptions } from '../emit/monitoring.js';
import type { IamOptions, RbacOptions } from '../emit/permissions.js';
import type { ComposeOptions, SystemdOptions } from '../emit/running.js';
import type { Done } from './done.js';

type Make = (name: string, description: string) => Command;

/** What others need to let Rotor do what the config says, and what runs and watches it: no more than the config asks for. */
export function addEmit(rotor: Command, done: Done): void {
  const emit = rotor.command('emit').description('print what your config needs around it');
  const command: Make = (name, description) =>
    emit.command(name).description(description).option('-c, --config <file>', 'the config file');
  addPermissions(command, done);
  addRunning(command, done);
  addMonitoring(command, done);
}

function addPermissions(command: Make, done: Done): void {
  command('iam', 'the IAM policy of AWS for exactly the secrets, keys and targets of the config')
    .option('--for <identity>', 'where several ask AWS: the ARN of a role, or own')
    .option('--account <id>', 'the account of what the config gives by name; default: any')
    .option('--region <region>', 'the region of what the config gives none; default: AWS_REGION, else any')
    .action(async (options: IamOptions) => {
      const { emitIam } = await import('../emit/permissions.js');
      done(emitIam(options));
    });
  command('rbac', 'the roles in Kubernetes for exactly the namespaces, Secrets and workloads of the config')
    .option('--context <name>', 'where the config names several clusters')
    .option('--namespace <name>', 'where Rotor runs', 'rotor')
    .option('--service-account <name>', 'as whom', 'rotor')
    .action(async (options: RbacOptions) => {
      const { emitRbac } = await import('../emit/permissions.js');
      done(await emitRbac(options));
    });
}

function addRunning(command: Make, done: Done): void {
  command(
    'systemd',
    'the unit of systemd: its secrets as credentials, and nothing open that the config does not need',
  )
    .option('--at <file>', 'where the config is on that machine', '/etc/rotor/rotor.yaml')
    .option('--install <dir>', 'where Rotor is on that machine', '/opt/rotor')
    .option('--node <file>', 'its Node', '/usr/bin/node')
    .option('--postgres', 'the journal is on PostgreSQL: DATABASE_URL is a secret too')
    .option('--region <region>', 'of AWS, for a store that names none; default: AWS_REGION')
    .action(async (options: SystemdOptions) => {
      const { emitSystemd } = await import('../emit/running.js');
      done(emitSystemd(options));
    });
  command(
    'compose',
    'a file for Docker Compose: its secrets as files, read-only, and no port open to the network',
  )
    .option('--at <file>', 'the config, from the folder of the compose file', './config/rotor.yaml')
    .option(
      '--image <name:tag>',
      'the image that you have built (deploy/Dockerfile)',
      `rotor:${packageVersion()}`,
    )
    .option('--postgres', 'the journal is on PostgreSQL: DATABASE_URL is a secret too')
    .option('--region <region>', 'of AWS, for a store that names none; default: AWS_REGION')
    .action(async (options: ComposeOptions) => {
      const { emitCompose } = await import('../emit/running.js');
      done(emitCompose(options));
    });
}

function addMonitoring(command: Make, done: Done): void {
  command('alerts', 'alert rules for Prometheus, which wait as long as the config lets a rotation take')
    .addOption(
      new Option('--format <format>', 'a rules file, or the object of the Prometheus operator')
        .choices(['rules', 'prometheusrule'])
        .default('rules'),
    )
    .option('--runbooks <url>', 'the folder of the runbooks; default: paths in the repository of Rotor')
    .option('--name <name>', 'with prometheusrule: of the object; default: rotor')
    .option('--namespace <name>', 'with prometheusrule: where it is; default: that of kubectl')
    .option(
      '--label <key=value...>',
      'with prometheusrule: what the ruleSelector of your Prometheus asks for',
    )
    .action(async (options: AlertsOptions) => {
      const { emitAlerts } = await import('../emit/monitoring.js');
      done(emitAlerts(options));
    });
  command('dashboard', 'a dashboard for Grafana: ages, auth gaps, runs, deliveries, upstreams, the service')
    .option('--title <text>', 'its title', 'Rotor')
    .option('--uid <id>', 'its name in addresses; one of the same name is replaced', 'rotor')
    .action(async (options: DashboardOptions) => {
      const { emitDashboard } = await import('../emit/monitoring.js');
      done(emitDashboard(options));
    });
}

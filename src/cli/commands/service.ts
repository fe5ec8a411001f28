import { Option, type Command } from 'commander';
import type { DemoOptions } from '../../demo/demo.js';
import type { HealthcheckOptions } from '../healthcheck.js';
import type { InitOptions } from '../init/index.js';
import type { MigrateOptions } from '../migrate.js';
import type { doctor as runDoctor } from '../doctor.js';
import { outputOptions, type Output } from '../output.js';
import type { Done } from './done.js';

/** A world on this machine. */
export function addTries(rotor: Command, done: Done): void {
  rotor
    .command('demo')
    .description('rotate a token in a sandbox on this machine: no account needed')
    .option('--fault <name>', 'break something on purpose; `list` names what can be broken')
    .option(
      '--issuer <kind>',
      'elastic-cloud: a standalone APM Server (default); fleet: one that Elastic Agent manages',
    )
    .option(
      '--fleet <n>',
      'so many simulated services more, each a target of its own; more than a few are reached in waves',
    )
    .option('--seed <n>', 'the same number gives the same world', '1')
    .option('--json', 'one JSON object instead of the live tree')
    .option('--keep', 'keep the folder with the config, the journal and the logs')
    .action(async (options: DemoOptions) => {
      const { demo } = await import('../../demo/demo.js');
      done(await demo(options));
    });
  rotor
    .command('sandbox')
    .description('a service in a whole world on this machine, to try every command in: until Ctrl-C')
    .option('--seed <n>', 'the same number gives the same world', '1')
    .action(async (options: { seed: string }) => {
      const { sandbox } = await import('../../demo/staying/sandbox.js');
      done(await sandbox(options));
    });
}

/** What runs the service, or looks at its config. */
export function addService(rotor: Command, done: Done): void {
  rotor
    .command('serve')
    .description('run the service: schedule, REST API, runs')
    .option('-c, --config <file>', 'the config file')
    .option('--listen <host:port>', 'where the REST API listens')
    .option('--state-dir <dir>', 'where the journal and the API token live')
    .action(async (options: { config?: string; listen?: string; stateDir?: string }) => {
      const { serve } = await import('../serve.js');
      done(await serve(options));
    });
  addBeside(rotor, done);
  const check = rotor
    .command('validate')
    .description('check the config file; without --online, nobody is asked')
    .option('-c, --config <file>', 'the config file')
    .option('--online', 'also ask every upstream what a run would do now; nothing is changed');
  for (const option of outputOptions()) check.addOption(option);
  check.action(async (options: Output & { config?: string; online?: boolean }) => {
    const { validate } = await import('../validate.js');
    done(await validate(options));
  });
  addInit(rotor, done);
  const look = rotor
    .command('doctor [rotation]')
    .description('look at everything that a rotation needs, of all or of one, and change nothing')
    .addOption(new Option('-c, --config <file>', 'the config file').conflicts('service'))
    .option('--service', 'have the running service look, with its own credentials and from where it runs')
    .option('-l, --selector <labels>', 'only rotations with these labels: env=prod,team=shop')
    .addOption(
      new Option(
        '--pre',
        'before there is a config or a key: the state directory, PostgreSQL, upstreams, the clock',
      ).conflicts(['service', 'config']),
    )
    .option('--state-dir <dir>', 'with --pre: where the journal will live')
    .option('--upstream <url...>', 'with --pre: who is to be reached; default: the API of Elastic Cloud');
  for (const option of outputOptions()) look.addOption(option);
  look.action(async (rotation: string | undefined, options: Parameters<typeof runDoctor>[1]) => {
    const { doctor } = await import('../doctor.js');
    done(await doctor(rotation, options));
  });
  const about = rotor
    .command('explain [path-or-code]')
    .description(
      'say what a field of the config is (rotations.targets), or what a code or outcome means (not_rotatable, partial)',
    );
  for (const option of outputOptions()) about.addOption(option);
  about.action(async (path: string | undefined, options: Output) => {
    const { explain } = await import('../explain.js');
    done(await explain(path, options));
  });
  const version = rotor.command('version').description('tell the version of this command and of the service');
  for (const option of outputOptions()) version.addOption(option);
  version.action(async (options: Output) => {
    done(await (await import('../version.js')).version(options));
  });
  rotor
    .command('schema')
    .description('print the JSON Schema of the config file')
    .option('--api', 'the OpenAPI document of the REST API instead')
    .action(async (options: { api?: boolean }) => {
      const { printSchema } = await import('../schema.js');
      done(printSchema(options));
    });
}

/** For what starts and watches the service: Kubernetes, a container engine, cron. */
function addBeside(rotor: Command, done: Done): void {
  const tables = rotor
    .command('migrate')
    .description(
      "bring the journal to this version's tables before the service starts, which else does it itself",
    )
    .option('-c, --config <file>', 'the config file; it may be absent')
    .option('--state-dir <dir>', 'where the journal and the API token live')
    .option('--check', 'change nothing; exit code 3 where something is due')
    .option('--dry-run', 'the same as --check');
  for (const option of outputOptions()) tables.addOption(option);
  tables.action(async (options: MigrateOptions) => {
    const { migrate } = await import('../migrate.js');
    done(await migrate(options));
  });
  rotor
    .command('healthcheck')
    .description('for a probe: exit code 0 where the service on this machine is ready, else 1 and why')
    .option('--live', 'whether it is alive, which it is also while it waits for its journal')
    .option('-c, --config <file>', 'the config file, for where the service listens; it may be absent')
    .action(async (options: HealthcheckOptions) => {
      const { healthcheck } = await import('../healthcheck.js');
      done(await healthcheck(options));
    });
}

function addInit(rotor: Command, done: Done): void {
  const init = rotor
    .command('init')
    .description('write a first config, by questions on a terminal or from flags, and say what else it needs')
    .option('-c, --config <file>', 'where to write it; nothing is overwritten')
    .option('--yes', 'ask nothing: what is not given and can be guessed is guessed')
    .option('--issuer <kind>', 'auto, elastic-cloud (standalone), or fleet: a Kibana of your own')
    .option('--deployment <name>', 'the deployment in Elastic Cloud')
    .option('--kibana-url <url>', 'with --issuer fleet: that Kibana')
    .option('--name <rotation>', 'name of the rotation')
    .option('--secret-id <name>', 'secret of AWS Secrets Manager that holds the token')
    .option('--region <region>', 'its AWS region')
    .option('--max-age <duration>', 'how old a token may become')
    .option('--target <kind>', 'who gets it: none, kubernetes, ecs, lambda, file, webhook')
    .option('--namespace <name>', 'with kubernetes')
    .option('--workload <kind/name>', 'with kubernetes: deployment/checkout')
    .option('--cluster <name>', 'with ecs')
    .option('--service <name>', 'with ecs')
    .option('--function <name>', 'with lambda: a name, or a pattern')
    .option('--path <file>', 'with file')
    .option('--url <url>', 'with webhook')
    .option('--notify-url <url>', 'a webhook that is told of failures');
  for (const option of outputOptions()) init.addOption(option);
  init.action(async (options: InitOptions) => {
    const { init: write } = await import('../init/index.js');
    done(await write(options));
  });
}

import { Command, CommanderError } from 'commander';
import { packageVersion } from '../version.js';
import { findingsOf } from '../config/findings.js';
import { asRotorError, RotorError } from '../rotation/errors.js';
import { problemOf } from '../triggers/problem.js';
import type { resolve as resolveRun } from './ask.js';
import type { pause as pauseRotation } from './plan.js';
import type { createToken as createApiToken } from './token.js';
import type { DemoOptions } from '../demo/demo.js';
import { printError, printJson } from './print.js';

/** Runs one command; resolves with its exit code. Everything heavy is loaded by the command that needs it. */
export async function main(argv: readonly string[]): Promise<number> {
  let code = 0;
  const done = (result: number): void => {
    code = result;
  };
  try {
    await program(done).parseAsync([...argv]);
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const fault = asRotorError(error);
    if (argv.includes('--json')) printJson(failureOf(fault));
    else printError(fault);
    return fault.exitCode;
  }
}

/** One JSON object on standard output, whatever went wrong. */
function failureOf(error: RotorError): object {
  const findings = findingsOf(error);
  return { ...problemOf(error), ...(findings.length > 0 && { valid: false, findings }) };
}

function program(done: (code: number) => void): Command {
  const rotor = new Command('rotor')
    .description('Rotates the secret token of Elastic APM, and proves that nothing was lost.')
    .version(packageVersion(), '--version', 'print the version')
    .exitOverride()
    .showHelpAfterError('See `rotor --help`.')
    .helpCommand(false);
  addService(rotor, done);
  addClient(rotor, done);
  addTokens(rotor, done);
  addHelp(rotor);
  return rotor;
}

/** In the place of commander's own, which answers a command that it does not know with the help of the program. */
function addHelp(rotor: Command): void {
  rotor
    .command('help [command]')
    .description('explain a command')
    .action((name: string | undefined) => {
      if (name === undefined) return rotor.outputHelp();
      const command = rotor.commands.find((one) => one.name() === name);
      if (command) return command.outputHelp();
      const known = rotor.commands.map((one) => one.name()).join(', ');
      throw new RotorError('request_invalid', `there is no command "${name}"; known are ${known}`);
    });
}

function addService(rotor: Command, done: (code: number) => void): void {
  rotor
    .command('serve')
    .description('run the service: schedule, REST API, runs')
    .option('-c, --config <file>', 'the config file')
    .option('--listen <host:port>', 'where the REST API listens')
    .option('--state-dir <dir>', 'where the journal and the API token live')
    .action(async (options: { config?: string; listen?: string; stateDir?: string }) => {
      const { serve } = await import('./serve.js');
      done(await serve(options));
    });
  rotor
    .command('demo')
    .description('rotate a token in a sandbox on this machine: no account needed')
    .option('--fault <name>', 'break something on purpose; `list` names what can be broken')
    .option(
      '--issuer <kind>',
      'elastic-cloud: a standalone APM Server (default); fleet: one that Elastic Agent manages',
    )
    .option('--seed <n>', 'the same number gives the same world', '1')
    .option('--json', 'one JSON object instead of the live tree')
    .option('--keep', 'keep the folder with the config, the journal and the logs')
    .action(async (options: DemoOptions) => {
      const { demo } = await import('../demo/demo.js');
      done(await demo(options));
    });
  rotor
    .command('validate')
    .description('check the config file; without --online, nobody is asked')
    .option('-c, --config <file>', 'the config file')
    .option('--online', 'also ask every upstream what a run would do now; nothing is changed')
    .option('--json', 'the findings as JSON')
    .action(async (options: { config?: string; online?: boolean; json?: boolean }) => {
      const { validate } = await import('./validate.js');
      done(await validate(options));
    });
  rotor
    .command('schema')
    .description('print the JSON Schema of the config file')
    .option('--api', 'the OpenAPI document of the REST API instead')
    .action(async (options: { api?: boolean }) => {
      const { printSchema } = await import('./schema.js');
      done(printSchema(options));
    });
}

function addTokens(rotor: Command, done: (code: number) => void): void {
  const token = rotor.command('token').description('the tokens of the API');
  token
    .command('create <name>')
    .description('make a token and show it once')
    .requiredOption(
      '--grant <scope...>',
      'what it may do: read, rotate, pause, audit, metrics, admin; rotate[env=prod] for what has this label',
    )
    .option('--expires <days>', 'its end, in days', '90')
    .option('--json', 'as JSON')
    .action(async (name: string, options: Parameters<typeof createApiToken>[1]) => {
      const { createToken } = await import('./token.js');
      done(await createToken(name, options));
    });
  token
    .command('list')
    .description('all of them, also those that are over')
    .option('--json', 'as JSON')
    .action(async (options: { json?: boolean }) => {
      const { listTokens } = await import('./token.js');
      done(await listTokens(options));
    });
  token
    .command('revoke <id>')
    .description('make a token worth nothing, at once')
    .option('--json', 'as JSON')
    .action(async (id: string, options: { json?: boolean }) => {
      const { revokeToken } = await import('./token.js');
      done(await revokeToken(id, options));
    });
}

function addClient(rotor: Command, done: (code: number) => void): void {
  rotor
    .command('rotate <rotation>')
    .description('start a rotation now')
    .option('--reason <text>', 'why, for the audit log', 'on demand')
    .option('--watch', 'show the run until it ends')
    .option('--json', 'the run as JSON')
    .action(async (name: string, options: { reason: string; watch?: boolean; json?: boolean }) => {
      const { start } = await import('./start.js');
      done(await start(name, 'rotate', options));
    });
  rotor
    .command('adopt <rotation>')
    .description('store and deliver the token in force, without a reset')
    .option('--reason <text>', 'why, for the audit log', 'adoption')
    .option('--watch', 'show the run until it ends')
    .option('--json', 'the run as JSON')
    .action(async (name: string, options: { reason: string; watch?: boolean; json?: boolean }) => {
      const { start } = await import('./start.js');
      done(await start(name, 'adopt', options));
    });
  rotor
    .command('status [rotation]')
    .description('what every rotation is at, or one of them')
    .option('--watch', 'with a rotation: show its run until it ends')
    .option('--json', 'as JSON')
    .action(async (name: string | undefined, options: { watch?: boolean; json?: boolean }) => {
      const { status } = await import('./status.js');
      done(await status(name, options));
    });
  rotor
    .command('plan [rotation]')
    .description('when the next runs start by schedule, and what holds them back')
    .option('--json', 'as JSON')
    .action(async (name: string | undefined, options: { json?: boolean }) => {
      const { plan } = await import('./plan.js');
      done(await plan(name, options));
    });
  rotor
    .command('pause <rotation>')
    .description('rotate nothing until then, by schedule or on demand')
    .requiredOption('--reason <text>', 'why; shown wherever the rotation waits')
    .option('--until <time>', 'its end, with an offset: 2026-12-01T08:00:00+01:00')
    .option('--for <duration>', 'its end from now: 3d, 12h, 30m; without an end, until `rotor resume`')
    .option('--json', 'the rotation as JSON')
    .action(async (name: string, options: Parameters<typeof pauseRotation>[1]) => {
      const { pause } = await import('./plan.js');
      done(await pause(name, options));
    });
  rotor
    .command('resume <rotation>')
    .description('end a pause')
    .option('--reason <text>', 'why, for the audit log', 'on demand')
    .option('--json', 'the rotation as JSON')
    .action(async (name: string, options: { reason: string; json?: boolean }) => {
      const { resume } = await import('./plan.js');
      done(await resume(name, options));
    });
  rotor
    .command('retry <run>')
    .description('try a run again now; one that has ended is followed by another')
    .option('--reason <text>', 'why, for the audit log', 'on demand')
    .option('--watch', 'show the run until it ends')
    .option('--json', 'the run as JSON')
    .action(async (id: string, options: { reason: string; watch?: boolean; json?: boolean }) => {
      const { retry } = await import('./ask.js');
      done(await retry(id, options));
    });
  rotor
    .command('resolve <run>')
    .description('decide what a stalled run cannot find out by itself')
    .option('--adopt', 'the token that the store holds and the APM Server accepts is the one')
    .option('--rollback', 'set the previous token again, where Rotor chooses the token')
    .option('--reset-again', 'the answer of the reset is lost for good: send another one')
    .option('--reason <text>', 'why, for the audit log', 'on demand')
    .option('--watch', 'show the run until it ends')
    .option('--json', 'the run as JSON')
    .action(async (id: string, options: Parameters<typeof resolveRun>[1]) => {
      const { resolve } = await import('./ask.js');
      done(await resolve(id, options));
    });
  rotor
    .command('backup <file>')
    .description('copy the journal of the running service to a new file')
    .action(async (file: string) => {
      const { backup } = await import('./backup.js');
      done(await backup(file));
    });
  rotor
    .command('audit')
    .description('the log of all runs')
    .command('verify')
    .description('find entries that were changed, removed or moved')
    .option('--json', 'the report as JSON')
    .action(async (options: { json?: boolean }) => {
      const { verifyAudit } = await import('./audit.js');
      done(await verifyAudit(options));
    });
}

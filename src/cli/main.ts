import { Command, CommanderError } from 'commander';
import { packageVersion } from '../version.js';
import { findingsOf } from '../config/findings.js';
import { asRotorError, RotorError } from '../rotation/errors.js';
import { problemOf } from '../triggers/problem.js';
import type { Done } from './commands/done.js';
import { addApprovals } from './commands/approvals.js';
import { addConfig } from './commands/config.js';
import { addContexts } from './commands/contexts.js';
import { addEmit } from './commands/emit.js';
import { addDescribe, addGet } from './commands/get.js';
import { addRecords } from './commands/records.js';
import { addRotations } from './commands/rotations.js';
import { addRuns } from './commands/runs.js';
import { addService, addTries } from './commands/service.js';
import { API_VERSION } from './output.js';
import { aboutOf, nextAfter, nextAfterExit } from './next.js';
import { endWithReader, hasSaidNext, printError, printJson, printNote } from './print.js';

/** Runs one command; resolves with its exit code. Everything heavy is loaded by the command that needs it. */
export async function main(argv: readonly string[]): Promise<number> {
  let code = 0;
  const done = (result: number): void => {
    code = result;
  };
  const rotor = program(done);
  const about = aboutOf(argv, rotor.commands.flatMap(namesOf));
  // For a monitoring system, which gives exit codes a meaning of its own.
  const isCheck = about.command === 'status' && argv.includes('--check');
  const isProbe = isCheck || about.command === 'healthcheck';
  // The log of a service has other readers, and goes on without them.
  if (about.command !== 'serve') [process.stdout, process.stderr].forEach(endWithReader);
  try {
    if (argv[2] === 'complete' || argv[2] === 'completion') {
      const { complete } = await import('./completion.js');
      await complete(rotor, argv);
    } else await rotor.parseAsync([...argv]);
    if (code !== 0 && !isJsonAsked(argv) && !isProbe && !hasSaidNext())
      printNote(`next: ${nextAfterExit(code, about)}`);
    return code;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      if (isCheck) return (await import('./check.js')).unknown(error.message);
      printNote(`next: ${nextAfterExit(2, about)}`);
      return 2;
    }
    const fault = asRotorError(error);
    if (isJsonAsked(argv)) printJson({ ...failureOf(fault), next: nextAfter(fault, about) });
    else {
      printError(fault);
      printNote(`next: ${nextAfter(fault, about)}`);
    }
    return fault.exitCode;
  }
}

/** Its own, and those of its commands after it. */
function namesOf(command: Command): string[] {
  const own = command.name();
  return [own, ...command.commands.map((one) => `${own} ${one.name()}`)];
}

/** Also where a command could not even be read. */
function isJsonAsked(argv: readonly string[]): boolean {
  const output = argv.findIndex((word) => word === '-o' || word === '--output');
  const asked = output > 0 ? argv[output + 1] : undefined;
  return argv.some((word) => /^(--json|(--output=|-o=?)jsonl?)$/.test(word)) || /^jsonl?$/.test(asked ?? '');
}

/** One JSON object on standard output, whatever went wrong. */
function failureOf(error: RotorError): object {
  const findings = findingsOf(error);
  return {
    apiVersion: API_VERSION,
    ...problemOf(error),
    ...(findings.length > 0 && { valid: false, findings }),
  };
}

export function program(done: Done): Command {
  const rotor = new Command('rotor')
    .description('Rotates the secret token of Elastic APM, and proves that nothing was lost.')
    .version(packageVersion(), '--version', 'print the version')
    .exitOverride()
    // As what every other failure begins with.
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'rotor: ')) })
    // So that no option of a command is taken for a slip of `--version`, which is none of it.
    .enablePositionalOptions()
    .helpCommand(false)
    // Commands of a command have long names: what they do goes on in lines, however narrow.
    .configureHelp({ minWidthToWrap: 20 })
    .addHelpText(
      'after',
      '\nNew here? `rotor sandbox` has a service in which every command can be tried.' +
        '\nCompletion in your shell: rotor completion bash | zsh | fish | powershell',
    );
  rotor.commandsGroup('To try it, without an account:');
  addTries(rotor, done);
  rotor.commandsGroup('The service and its config:');
  addService(rotor, done);
  addConfig(rotor, done);
  addEmit(rotor, done);
  rotor.commandsGroup('Rotations:');
  addRotations(rotor, done);
  addGet(rotor, done);
  addDescribe(rotor, done);
  addApprovals(rotor, done);
  rotor.commandsGroup('Runs:');
  addRuns(rotor, done);
  rotor.commandsGroup('Records, and who may do what:');
  addRecords(rotor, done);
  rotor.commandsGroup('This command:');
  addContexts(rotor, done);
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

import type { Command } from 'commander';
import type { ShowOptions } from '../config.js';
import { outputOptions, type Output } from '../output.js';
import type { Done } from './done.js';

/** What the service is set to. */
export function addConfig(rotor: Command, done: Done): void {
  const config = rotor.command('config').description('the config that holds, and where it comes from');
  const show = config
    .command('show')
    .description('print every value that holds, defaults written out; secrets as references')
    .option('--origin', 'where each value comes from: a line of the file, a variable, a flag, a default')
    .option('--running', 'of the service, by its API, instead of the file and the environment here')
    .option('-c, --config <file>', 'the config file')
    .option('--listen <host:port>', 'as for serve')
    .option('--state-dir <dir>', 'as for serve');
  for (const option of outputOptions()) show.addOption(option);
  const reload = config
    .command('reload')
    .description('have the running service read its config file again; a bad one changes nothing');
  for (const option of outputOptions()) reload.addOption(option);
  reload.action(async (options: Output) => {
    const { reloadConfig } = await import('../config.js');
    done(await reloadConfig(options));
  });
  show.action(async (options: ShowOptions) => {
    const { showConfig } = await import('../config.js');
    done(await showConfig(options));
  });
}

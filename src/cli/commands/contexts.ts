import type { Command } from 'commander';
import { outputOptions, type Output } from '../output.js';
import type { Done } from './done.js';

/** Which service the commands talk to. */
export function addContexts(rotor: Command, done: Done): void {
  rotor
    .command('login <address>')
    .description('talk to this service from now on; asks for an API token, unseen, or reads it from a pipe')
    .option('--name <context>', 'name of the context; default: the host of the address')
    .action(async (address: string, options: { name?: string }) => {
      const { login } = await import('../login.js');
      done(await login(address, options));
    });
  const context = rotor.command('context').description('the services that the commands talk to');
  const list = context.command('list').description('all of them; * is the one in use');
  for (const option of outputOptions()) list.addOption(option);
  list.action(async (options: Output) => {
    const { listContexts } = await import('../context.js');
    done(await listContexts(options));
  });
  context
    .command('add <name>')
    .description('add one, or change it')
    .requiredOption('--address <url>', 'where the service listens, https unless it is this machine')
    .requiredOption('--token-file <file>', 'file that holds an API token of it')
    .action(async (name: string, options: { address: string; tokenFile: string }) => {
      const { addContext } = await import('../context.js');
      done(await addContext(name, options));
    });
  context
    .command('use <name>')
    .description('talk to this one from now on')
    .action(async (name: string) => {
      const { useContext } = await import('../context.js');
      done(await useContext(name));
    });
  context
    .command('remove <name>')
    .description('forget one; its token file stays')
    .action(async (name: string) => {
      const { removeContext } = await import('../context.js');
      done(await removeContext(name));
    });
}

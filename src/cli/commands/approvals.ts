import type { Command } from 'commander';
import type { approve as approveOne, reject as rejectOne } from '../approvals/decide.js';
import { outputOptions } from '../output.js';
import { stayOptions } from '../stay.js';
import type { Done } from './done.js';

/** What is decided by somebody else than who has asked. */
export function addApprovals(rotor: Command, done: Done): void {
  const command = (usage: string, description: string): Command => {
    const made = rotor.command(usage).description(description);
    for (const option of outputOptions()) made.addOption(option);
    return made;
  };
  const approve = command(
    'approve <approval>',
    'let a rotation start that somebody else has asked for; on a terminal: see what it would do, and agree',
  )
    .option('--comment <text>', 'a word for the audit log')
    .option('--yes', 'ask nothing; without a terminal it is needed');
  for (const option of stayOptions()) approve.addOption(option);
  approve
    .addHelpText('after', '\nNeeds the scope approve. Whoever has asked cannot be the one who approves.')
    .action(async (id: string, options: Parameters<typeof approveOne>[1]) => {
      const { approve: grant } = await import('../approvals/decide.js');
      done(await grant(id, options));
    });
  command('reject <approval>', 'refuse it, or take back what you have asked for yourself')
    .requiredOption('--reason <text>', 'why, for who has asked and for the audit log')
    .action(async (id: string, options: Parameters<typeof rejectOne>[1]) => {
      const { reject } = await import('../approvals/decide.js');
      done(await reject(id, options));
    });
}

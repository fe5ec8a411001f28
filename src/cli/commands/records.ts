import { Option, type Command } from 'commander';
import { NOTIFICATION_STATES } from '../../journal/notifications.js';
import type { ExportOptions } from '../audit.js';
import type { Output } from '../output.js';
import type { ReportOptions } from '../report.js';
import type { WhereState } from '../nearby.js';
import { FORMATS, outputOptions } from '../output.js';
import type { createToken as createApiToken } from '../token.js';
import type { Done } from './done.js';

/** What Rotor keeps: its journal, its audit log, the tokens of its API. */
export function addRecords(rotor: Command, done: Done): void {
  rotor
    .command('backup <file>')
    .description('copy the journal of the running service to a new file')
    .action(async (file: string) => {
      const { backup } = await import('../backup.js');
      done(await backup(file));
    });
  rotor
    .command('restore <file>')
    .description('put a backup in the place of the journal, while the service is stopped')
    .option('-c, --config <file>', 'the config file')
    .option('--state-dir <dir>', 'where the journal and the API token live')
    .action(async (file: string, options: WhereState) => {
      const { restore } = await import('../restore.js');
      done(await restore(file, options));
    });
  rotor
    .command('support-bundle <file>')
    .description('collect what somebody needs who is to find out what is wrong, without any secret: a tar.gz')
    .option('-c, --config <file>', 'the config file')
    .option('--no-doctor', 'do not ask every upstream')
    .action(async (file: string, options: { config?: string; doctor: boolean }) => {
      const { supportBundle } = await import('../bundle/index.js');
      done(await supportBundle(file, options));
    });
  const audit = rotor.command('audit').description('the log of all runs, and of what people have said');
  const verify = audit.command('verify').description('find entries that were changed, removed or moved');
  for (const option of outputOptions()) verify.addOption(option);
  verify.action(async (options: Output) => {
    const { verifyAudit } = await import('../audit.js');
    done(await verifyAudit(options));
  });
  audit
    .command('export [rotation]')
    .description(
      'print the log, an entry a line, with their hashes: the whole, or what is about one rotation',
    )
    .option('--csv', 'as CSV instead of a JSON object a line')
    .option(
      '--since <time>',
      'only runs that started then or later, whole, and what was said since: 1d, or 2026-12-01T00:00:00Z',
    )
    .option('--period <period>', 'only those of it: as `rotor report --period` takes it, and counts')
    .addHelpText(
      'after',
      '\nThe hashes are those of the whole log: whether anything lacks in a part, only' +
        '\n`rotor audit verify` tells.',
    )
    .action(async (rotation: string | undefined, options: ExportOptions) => {
      const { exportAudit } = await import('../audit.js');
      done(await exportAudit(rotation, options));
    });
  addReport(rotor, done);
  addNotifications(rotor, done);
  addTokens(rotor, done);
}

function addReport(rotor: Command, done: Done): void {
  rotor
    .command('report')
    .description('what has become of every rotation in a period, and whether its log holds: evidence')
    .requiredOption(
      '--period <period>',
      'in UTC: 2026-Q3, 2026-11, 2026, or FROM..TO, 2026-07-01..2026-09-30',
    )
    .option('-l, --selector <labels>', 'only rotations with these labels: env=prod,team=shop')
    .addOption(
      new Option('-o, --output <format>', 'how to print it')
        .choices([...FORMATS, 'markdown'])
        .default('table'),
    )
    .option('--json', 'the same as -o json')
    .addHelpText(
      'after',
      '\nNeeds the scope audit. Exit code 1 where the log of the period does not\nhold together.',
    )
    .action(async (options: ReportOptions) => {
      const { report } = await import('../report.js');
      done(await report(options));
    });
}

function addNotifications(rotor: Command, done: Done): void {
  const list = rotor
    .command('notifications')
    .description('what the notifiers were told, are still to be told, or were not')
    .addOption(
      new Option('--state <state>', 'only these; dead: given up after three days').choices(
        NOTIFICATION_STATES,
      ),
    )
    .option('--limit <n>', 'how many at the most', '50');
  for (const option of outputOptions()) list.addOption(option);
  list.action(async (options: Output & { state?: string; limit: string }) => {
    const { notifications } = await import('../notifications.js');
    done(await notifications(options));
  });
  const test = list
    .command('test <notifier>')
    .description('send one a signed event that says nothing, and tell what the receiver made of it');
  for (const option of outputOptions()) test.addOption(option);
  test.action(async (name: string, options: Output) => {
    const { testNotifier } = await import('../notifications.js');
    done(await testNotifier(name, options));
  });
  const again = list.command('replay <id>').description('send one again that was given up');
  for (const option of outputOptions()) again.addOption(option);
  again.action(async (id: string, options: Output) => {
    const { replay } = await import('../notifications.js');
    done(await replay(id, options));
  });
}

function addTokens(rotor: Command, done: Done): void {
  const token = rotor.command('token').description('the tokens of the API');
  const command = (usage: string, description: string): Command => {
    const made = token.command(usage).description(description);
    for (const option of outputOptions()) made.addOption(option);
    return made;
  };
  command('create <name>', 'make a token and show it once')
    .requiredOption(
      '--grant <scope...>',
      'what it may do: read, rotate, approve, pause, audit, metrics, badge, calendar, admin; rotate[env=prod] for what has this label',
    )
    .option('--expires <days>', 'its end, in days', '90')
    .action(async (name: string, options: Parameters<typeof createApiToken>[1]) => {
      const { createToken } = await import('../token.js');
      done(await createToken(name, options));
    });
  command('list', 'all of them, also those that are over').action(async (options: Output) => {
    const { listTokens } = await import('../token.js');
    done(await listTokens(options));
  });
  command('revoke <token...>', 'make a token worth nothing, at once, or several').action(
    async (ids: readonly string[], options: Output) => {
      const { revokeTokens } = await import('../token.js');
      done(await revokeTokens(ids, options));
    },
  );
}

import { Option, type Command } from 'commander';
import { OUTCOMES } from '../../rotation/run.js';
import type { resolve as resolveRun } from '../ask.js';
import type { EventsOptions } from '../events.js';
import type { RunsOptions } from '../runs.js';
import type { Output } from '../output.js';
import { outputOptions } from '../output.js';
import { stayOptions, type StayOptions } from '../stay.js';
import type { Done } from './done.js';

type Asked = Output & StayOptions & { reason: string };

/** What is asked of a run, or of all. */
export function addRuns(rotor: Command, done: Done): void {
  const command = (usage: string, description: string): Command => {
    const made = rotor.command(usage).description(description);
    for (const option of outputOptions()) made.addOption(option);
    return made;
  };
  const asked = (usage: string, description: string): Command => {
    const made = command(usage, description).option('--reason <text>', 'why, for the audit log', 'on demand');
    for (const option of stayOptions()) made.addOption(option);
    return made;
  };
  const ofTarget = (name: string, description: string): Command => {
    const made = command(`${name} <run> <target>`, description).requiredOption(
      '--reason <text>',
      'why, for the audit log',
    );
    for (const option of stayOptions()) made.addOption(option);
    return made;
  };
  command('runs [rotation]', 'the runs of one rotation or of all, newest first')
    .option('-l, --selector <labels>', 'only of rotations with these labels: env=prod,team=shop')
    .addOption(new Option('--outcome <outcome>', 'only those that ended so').choices(OUTCOMES))
    .option('--by <who>', 'only those that this caller has started, as the list shows it; or schedule, watch')
    .option('--active', 'only those that go on')
    .option('--since <time>', 'only those that started then or later: 1d, or 2026-12-01T00:00:00Z')
    .option('--limit <n>', 'how many at the most', '20')
    .action(async (name: string | undefined, options: RunsOptions) => {
      const { listRuns } = await import('../runs.js');
      done(await listRuns(name, options));
    });
  command('events', 'what has happened in all runs, a line each; JSON an object a line')
    .option('-f, --follow', 'also what happens from now on, until it is interrupted')
    .option('--rotation <name>', 'only of this one')
    .option('-l, --selector <labels>', 'only of rotations with these labels: env=prod,team=shop')
    .option('--since <time>', 'from then on: 1h, 7d, or 2026-12-01T00:00:00Z (default: 1h; with -f: now)')
    .action(async (options: EventsOptions) => {
      const { events } = await import('../events.js');
      done(await events(options));
    });
  command('watch <run>', 'show a run until it ends; an interrupt detaches, and the run goes on').action(
    async (id: string, options: Output) => {
      const { watchRun } = await import('../runs.js');
      done(await watchRun(id, options));
    },
  );
  asked(
    'retry <run> [target]',
    'try a run, or one target of it, again now; one that has ended is followed by another',
  ).action(async (id: string, target: string | undefined, options: Asked) => {
    const { retry, retryOne } = await import('../ask.js');
    done(await (target === undefined ? retry(id, options) : retryOne(id, target, options)));
  });
  ofTarget('ack', 'say that a target has the token that Rotor cannot see there: how it got it').action(
    async (id: string, target: string, options: Asked) => {
      const { ack } = await import('../ask.js');
      done(await ack(id, target, options));
    },
  );
  ofTarget('skip', 'leave one target out of a run, which then ends partial: why').action(
    async (id: string, target: string, options: Asked) => {
      const { skip } = await import('../ask.js');
      done(await skip(id, target, options));
    },
  );
  asked(
    'cancel <run>',
    'end a run that has sent nothing, go back where Rotor has set the token, or skip the deliveries that have not begun',
  ).action(async (id: string, options: Asked) => {
    const { cancel } = await import('../ask.js');
    done(await cancel(id, options));
  });
  asked('resolve <run>', 'decide what a stalled run cannot find out by itself')
    .option('--adopt', 'the token that the store holds and the APM Server accepts is the one')
    .option('--rollback', 'set the previous token again, where Rotor chooses the token')
    .option('--reset-again', 'the answer of the reset is lost for good: send another one')
    .action(async (id: string, options: Parameters<typeof resolveRun>[1]) => {
      const { resolve } = await import('../ask.js');
      done(await resolve(id, options));
    });
}

import type { Command } from 'commander';
import { RotorError } from '../../rotation/errors.js';
import type { CheckOptions } from '../check.js';
import type { PageOptions } from '../dry-run.js';
import type { Output } from '../output.js';
import { FORMATS, outputOptions } from '../output.js';
import { isRunId } from '../run-id.js';
import type { pause as pauseRotation } from '../plan.js';
import type { StartOptions } from '../start.js';
import { stayOptions } from '../stay.js';
import type { VerifyOptions } from '../verify.js';
import type { WhereOptions } from '../where.js';
import type { Done } from './done.js';

type StatusOptions = CheckOptions & { check?: boolean; links?: boolean; watch?: boolean };

const VERIFY_CODES =
  '\nExit codes: 0 all agree; 3 something is out of step; 6 not everything was seen;' +
  '\n8 a change is on its way. Of several: a row each, the worst first, and its code.';

const REASON = ['--reason <text>', 'why, for the audit log', 'on demand'] as const;

/** What is asked of a rotation. */
export function addRotations(rotor: Command, done: Done): void {
  const command = (usage: string, description: string): Command => {
    const made = rotor.command(usage).description(description);
    for (const option of outputOptions()) made.addOption(option);
    return made;
  };
  const starting = (usage: string, description: string, reason: string): Command => {
    const made = command(usage, description).option('--reason <text>', 'why, for the audit log', reason);
    for (const option of stayOptions()) made.addOption(option);
    return made;
  };
  command('status [rotation]', 'what every rotation is at, or one of them')
    .option('-l, --selector <labels>', 'only those with these labels: env=prod,team=shop')
    .option('--state <state>', 'only those that are at this: overdue, failed, stalled, paused, …')
    .option('--watch', 'with a rotation: show its run until it ends')
    .option('--links', 'the addresses of the badge and the calendar, for a wiki and for people')
    .option('--check', 'one line for a monitoring system, with the exit codes of its plugins')
    .addHelpText(
      'after',
      "\nWith --check the exit codes are those of monitoring plugins, not Rotor's own:\n0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.",
    )
    .action(async (name: string | undefined, { check, links: isForLinks, ...options }: StatusOptions) => {
      if (isForLinks === true) {
        const { assertAlone, links } = await import('../links.js');
        const { selector, state, watch } = options;
        assertAlone({ '--check': check, '--selector': selector, '--state': state, '--watch': watch });
        return done(await links(name, options));
      }
      if (check === true) return done(await (await import('../check.js')).check(name, options));
      const { status } = await import('../status.js');
      done(await status(name, options));
    });
  const rotating = starting(
    'rotate [rotation...]',
    'start a rotation now, or several, or ask for the approval that one needs; without a name, on a terminal: choose one, see its plan, watch it',
    'on demand',
  )
    .option('-l, --selector <labels>', 'all with these labels: env=prod,team=shop')
    .option(
      '--emergency',
      'now: no approval, pause or wave is waited for; says what it skips, and needs --reason',
    )
    .option(
      '--all',
      'all, with --selector all with these labels; on a terminal their number has to be typed, elsewhere --max or --yes is needed',
    )
    .option('--max <n>', 'none is started where there are more; with --selector 10 unless told otherwise')
    .option('--yes', 'with --all: however many there are')
    .option(
      '--dry-run',
      'print what a run would do now, with the id of the plan, or of several what each would; nothing is changed',
    )
    .option('--plan <id>', 'only exactly what that plan has shown')
    .addHelpText(
      'after',
      '\nBlackouts and windows hold back the schedule alone: a run that is asked for\nstarts, with a warning.',
    )
    .action(async (names: readonly string[], options: StartOptions | PageOptions) => {
      if (options.output === 'markdown') {
        const { dryRun, theOneToPlan } = await import('../dry-run.js');
        return done(await dryRun(theOneToPlan(names, options), options));
      }
      const { rotate } = await import('../start.js');
      done(await rotate(names, options));
    });
  rotating.options.find(({ long }) => long === '--output')?.choices([...FORMATS, 'markdown']);
  starting('adopt <rotation>', 'store and deliver the token in force, without a reset', 'adoption').action(
    async (name: string, options: StartOptions) => {
      const { start } = await import('../start.js');
      done(await start(name, 'adopt', options));
    },
  );
  starting(
    'rehearse <rotation>',
    'take the token in force all of the way of a rotation: no new token',
    'rehearsal',
  ).action(async (name: string, options: StartOptions) => {
    const { start } = await import('../start.js');
    done(await start(name, 'rehearse', options));
  });
  starting('redeliver <rotation>', 'bring the token in force to every target again, or to some', 'redelivery')
    .option('--target <name...>', 'only to these; the others keep what they have')
    .action(async (name: string, options: StartOptions) => {
      const { redeliver } = await import('../start.js');
      done(await redeliver(name, options));
    });
  command(
    'verify [rotation...]',
    'look whether issuer, APM Server, store and targets agree; of one or several',
  )
    .option('-l, --selector <labels>', 'all with these labels: env=prod,team=shop')
    .option('--all', 'all of them')
    .addHelpText('after', VERIFY_CODES)
    .action(async (names: readonly string[], options: VerifyOptions) => {
      const { verify } = await import('../verify.js');
      done(await verify(names, options));
    });
  command('where <fingerprint>', 'everywhere that this token is: runs, store, APM Server, targets')
    .option('--rotation <name>', 'look in this one alone; needed where several have had it')
    .addHelpText(
      'after',
      '\nThe fingerprint is the first 8 hex digits, or more, of a SHA-256:\nprintf %s "$TOKEN" | sha256sum' +
        '\nExit codes: 0 in force, or nobody needs it; 3 something is wrong;\n6 not everything was seen; 8 a change is on its way.',
    )
    .action(async (fingerprint: string, options: WhereOptions) => {
      const { where } = await import('../where.js');
      done(await where(fingerprint, options));
    });
  addSchedule(command, done);
}

function addSchedule(command: (usage: string, description: string) => Command, done: Done): void {
  command('plan [rotation]', 'when the next runs start by schedule, and what holds them back')
    .option('-l, --selector <labels>', 'only those with these labels: env=prod,team=shop')
    .action(async (name: string | undefined, options: Output & { selector?: string }) => {
      const { plan } = await import('../plan.js');
      done(await plan(name, options));
    });
  command(
    'pause <rotation-or-run>',
    'rotate nothing until then; of a run whose token is current: begin no further delivery',
  )
    .requiredOption('--reason <text>', 'why; shown wherever the rotation waits')
    .option('--until <time>', 'its end, with an offset: 2026-12-01T08:00:00+01:00')
    .option('--for <duration>', 'its end from now: 3d, 12h, 30m; without an end, until `rotor resume`')
    .action(async (name: string, options: Parameters<typeof pauseRotation>[1]) => {
      done(
        isRunId(name)
          ? await holdRun(name, 'pause', options)
          : await (await import('../plan.js')).pause(name, options),
      );
    });
  command('resume <rotation-or-run>', 'end a pause, of a rotation or of the deliveries of a run')
    .option(...REASON)
    .action(async (name: string, options: Output & { reason: string }) => {
      done(
        isRunId(name)
          ? await holdRun(name, 'resume', options)
          : await (await import('../plan.js')).resume(name, options),
      );
    });
}

type Held = Output & { reason: string; until?: string; for?: string };

async function holdRun(id: string, what: 'pause' | 'resume', options: Held): Promise<number> {
  if (options.until !== undefined || options.for !== undefined)
    throw new RotorError(
      'request_invalid',
      '--until and --for are for the pause of a rotation; a run is held until somebody resumes it',
    );
  const { hold } = await import('../ask.js');
  return hold(id, what, options);
}

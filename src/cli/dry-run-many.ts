import { sentenceOf } from '../rotation/errors.js';
import { problemOf } from '../triggers/problem.js';
import { Client, type Plan } from './client.js';
import { counted } from './counted.js';
import { exitOfPlan, nextOfPlan, VERDICTS } from './dry-run.js';
import { askAboutEach, chosenBy, worstOf, type Answered } from './each-of-many.js';
import { saySkippedOf } from './emergency.js';
import { everyOwn, mostOf } from './how-many.js';
import { nextAfter } from './next.js';
import { show } from './output.js';
import { printNote, table } from './print.js';
import type { StartOptions } from './start.js';

type Planned = Answered<Plan>;

/** More names than these say no more than their number. */
const NAMED = 5;

/** A row each, and nothing is started; `names` is empty with --selector and --all. The exit code is the worst of one. */
export async function dryRunMany(names: readonly string[], options: StartOptions): Promise<number> {
  const most = mostOf(options);
  const client = await Client.fromEnvironment();
  const chosen = names.length > 0 ? [...new Set(names)] : await chosenFor(client, options);
  const planned = await askAboutEach(chosen, async (name) => client.plan(name, options.emergency));
  const plans = planned.flatMap((one) => ('answer' in one ? [one.answer] : []));
  const failed = planned.flatMap((one) =>
    'fault' in one ? [{ rotation: one.name, problem: problemOf(one.fault) }] : [],
  );
  await show({ plans, failed }, options, {
    table: () => textOf(planned),
    names: () => plans.map(({ planId }) => planId),
    items: () => [...plans, ...failed],
  });
  if (options.emergency) await saySkippedOf(client, chosen);
  const isTooMany = chosen.length > most;
  if (isTooMany)
    printNote(`none of them would be started: there are ${chosen.length} rotations, and --max is ${most}`);
  const code = worstOf([...planned.map(exitOf), ...(isTooMany ? [7] : [])]);
  printNote(`next: ${nextOf(planned, code, names, options)}`);
  return code;
}

async function chosenFor(client: Client, { selector, all }: StartOptions): Promise<string[]> {
  const chosen = await (all ? everyOwn(client, selector) : chosenBy(client, selector));
  return chosen.map(({ name }) => name);
}

function exitOf(one: Planned): number {
  return 'fault' in one ? one.fault.exitCode : exitOfPlan(one.answer);
}

function textOf(planned: readonly Planned[]): string {
  const rows = planned.map((one) => ('fault' in one ? [one.name, 'not known', '–', '–'] : rowOf(one.answer)));
  const reasons = planned.flatMap(reasonOf);
  const warnings = warningLines(planned);
  return [
    table(['ROTATION', 'A RUN NOW', 'TOKEN', 'TARGETS'], rows),
    ...(reasons.length > 0 ? ['', ...reasons] : []),
    ...(warnings.length > 0 ? ['', ...warnings] : []),
  ].join('\n');
}

function rowOf({ rotation, verdict, fingerprint, targets }: Plan): string[] {
  return [rotation, VERDICTS[verdict], fingerprint ?? 'unreadable', String(targets.length)];
}

function reasonOf(one: Planned): string[] {
  if ('fault' in one) return [`${one.name}: ${sentenceOf(one.fault)}`];
  const { rotation, verdict, detail } = one.answer;
  return verdict === 'ready' ? [] : [`${rotation}: ${detail}`];
}

/** One that is true of many stands there once. */
function warningLines(planned: readonly Planned[]): string[] {
  const all = planned.flatMap((one) =>
    'answer' in one ? one.answer.warnings.map((warning) => ({ warning, name: one.name })) : [],
  );
  return [...Map.groupBy(all, ({ warning }) => warning)].map(
    ([warning, whose]) =>
      `warning  ${namesOf(
        whose.map(({ name }) => name),
        planned.length,
      )}: ${warning}`,
  );
}

function namesOf(names: readonly string[], count: number): string {
  if (names.length <= NAMED) return names.join(', ');
  return names.length === count ? 'all of them' : counted(names.length, 'rotation');
}

/** The same for real where all would begin; else the first that would not. */
function nextOf(
  planned: readonly Planned[],
  code: number,
  names: readonly string[],
  { selector, all, max, emergency: isUrgent }: StartOptions,
): string {
  const bad = planned.find((one) => exitOf(one) !== 0);
  if (bad) {
    if (!('fault' in bad)) return nextOfPlan(bad.answer);
    const { name } = bad;
    return nextAfter(bad.fault, {
      typed: `rotate ${name} --dry-run`,
      command: 'rotate',
      rotation: name,
    });
  }
  const words = [
    'rotor rotate',
    ...names,
    all && '--all',
    selector !== undefined && `--selector ${selector}`,
    code === 0 ? max !== undefined && `--max ${max}` : `--max ${planned.length}`,
    isUrgent && '--emergency --reason …',
  ];
  return words.filter((word) => typeof word === 'string').join(' ');
}

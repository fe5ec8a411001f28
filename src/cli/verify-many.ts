import { sentenceOf } from '../rotation/errors.js';
import { problemOf } from '../triggers/problem.js';
import type { Client, Verification } from './client.js';
import { askAboutEach, chosenBy, rankOf, type Answered } from './each-of-many.js';
import { nextAfter } from './next.js';
import { show } from './output.js';
import { printNote, table } from './print.js';
import { connectionsOf, exitOfVerification, headlineOf, nextOfVerification } from './verification.js';
import type { VerifyOptions } from './verify.js';

type Looked = Answered<Verification>;

const HEAD = ['ROTATION', 'IS', 'STORE', 'ACCEPTED', 'TARGETS'];

/** A list is to be read at a glance. */
const MOST_REMARKED = 10;

const VERDICTS = {
  in_step: 'in step',
  drifted: 'out of step',
  unknown: 'not all seen',
  busy: 'busy',
} as const;

/** A row each, the worst first; `names` is empty with --selector and --all. The exit code is that of the worst. */
export async function verifyMany(
  client: Client,
  names: readonly string[],
  options: VerifyOptions,
): Promise<number> {
  const chosen =
    names.length > 0 ? names : (await chosenBy(client, options.selector)).map(({ name }) => name);
  const looked = await askAboutEach(chosen, async (name) => client.verify(name));
  const sorted = looked.toSorted((a, b) => rankOf(exitOf(a)) - rankOf(exitOf(b)));
  const verifications = sorted.flatMap((one) => ('answer' in one ? [one.answer] : []));
  const failed = sorted.flatMap((one) =>
    'fault' in one ? [{ rotation: one.name, problem: problemOf(one.fault) }] : [],
  );
  await show({ verifications, failed }, options, {
    table: () => textOf(sorted),
    names: () => sorted.map(({ name }) => name),
    items: () => [...verifications, ...failed],
  });
  const [worst] = sorted;
  // A list of names has no remarks.
  if (options.output === 'name' && worst && exitOf(worst) !== 0) printNote(`next: ${nextOf(worst)}`);
  return worst ? exitOf(worst) : 0;
}

function exitOf(one: Looked): number {
  return 'fault' in one ? one.fault.exitCode : exitOfVerification(one.answer);
}

function textOf(looked: readonly Looked[]): string {
  const rows = looked.map((one) =>
    'fault' in one ? [one.name, 'not looked at', '–', '–', '–'] : rowOf(one.answer),
  );
  const remarks = looked.flatMap(remarkOf);
  const left = remarks.length - MOST_REMARKED;
  const more = left > 0 ? [`\nand ${left} more\n  next: rotor verify NAME, of each`] : [];
  const lines = [table(HEAD, rows), ...remarks.slice(0, MOST_REMARKED), ...more];
  return lines.join('\n');
}

function rowOf({ rotation, verdict, store, connections, targets }: Verification): string[] {
  const seen = targets.filter(({ state }) => state !== 'assumed');
  const converged = seen.filter(({ state }) => state === 'converged').length;
  return [
    rotation,
    VERDICTS[verdict],
    store ?? '–',
    connections ? connectionsOf(connections) : '–',
    targets.length === 0 ? 'none' : seen.length === 0 ? 'assumed' : `${converged} of ${seen.length}`,
  ];
}

/** A paragraph, where not all agree. */
function remarkOf(one: Looked): string[] {
  const next = `next: ${nextOf(one)}`;
  if ('fault' in one) return [`\n${one.name}: ${sentenceOf(one.fault)}\n  ${next}`];
  const { verdict, rotation } = one.answer;
  return verdict === 'in_step' ? [] : [`\n${rotation}: ${headlineOf(one.answer)}.\n  ${next}`];
}

function nextOf(one: Looked): string {
  if ('answer' in one) return nextOfVerification(one.answer) ?? `rotor verify ${one.name}`;
  const about = { typed: `verify ${one.name}`, command: 'verify', rotation: one.name };
  return nextAfter(one.fault, about);
}

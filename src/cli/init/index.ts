import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { loadConfig, loadEnv } from '../../config/index.js';
import { RotorError, systemCode } from '../../rotation/errors.js';
import { INTERRUPTED, isTerminal } from '../agree.js';
import { show, type Output } from '../output.js';
import { printNote } from '../print.js';
import { complaintOf, textOf, type Answers } from './answers.js';
import { needsOf, type Needs } from './needs.js';
import { QUESTIONS, type Question } from './questions.js';

export type InitOptions = Output & Answers & { readonly config?: string; readonly yes?: boolean };

/** Asks a person; undefined where they want to stop. */
export type Ask = (question: Question, answers: Answers) => Promise<string | undefined>;

/**
 * Writes a first config where there is none, and says what else it needs. What no flag has said is asked for on a
 * terminal, and with `yes` what can be guessed is.
 */
export async function init(options: InitOptions, ask?: Ask): Promise<number> {
  const { config, yes = false } = options;
  const file = config ?? loadEnv(process.env).config;
  if (existsSync(file)) throw alreadyThere(file);
  const answers = await answersTo(options, yes ? guess : (ask ?? (await terminal())));
  if (!answers) {
    printNote('stopped; nothing was written\nnext: rotor init');
    return INTERRUPTED;
  }
  const text = textOf(answers);
  const needs = needsOf(answers, loadConfig(file, { text }));
  await write(file, text);
  const flag = config === undefined ? '' : ` --config ${config}`;
  const next = [`rotor validate${flag}`, `rotor doctor${flag}`];
  const table = (): string => textFor(file, needs, `rotor emit iam${flag}`);
  await show({ file, needs, next }, options, { table, names: () => [file] });
  printNote(`next: ${next.join(', then ')}`);
  return 0;
}

/** Throws `request_invalid` for a flag that the config would not take, and names those that are missing. */
async function answersTo(options: InitOptions, ask: Ask): Promise<Answers | undefined> {
  const answers: { -readonly [Key in keyof Answers]: Answers[Key] } = {};
  const missing: string[] = [];
  for (const question of QUESTIONS) {
    const { key, flag, isAsked = (): boolean => true, isOptional } = question;
    const given = options[key];
    if (!isAsked(answers)) {
      if (given !== undefined) throw invalid(`${flag} does not go with the other answers`);
      continue;
    }
    const complaint = given === undefined ? undefined : faultOf(question, given, answers);
    if (complaint !== undefined) throw invalid(`${flag}: ${complaint}`);
    const answer = given ?? (await ask(question, answers));
    if (answer === undefined) return undefined;
    if (answer !== '') answers[key] = answer;
    else if (!isOptional) missing.push(flag);
  }
  if (missing.length > 0) throw invalid(`${missing.join(', ')} cannot be guessed`);
  return answers;
}

function faultOf({ key, choices }: Question, given: string, answers: Answers): string | undefined {
  if (!choices) return complaintOf(key, given, answers);
  const known = choices.map(({ value }) => value);
  return known.includes(given) ? undefined : `found "${given}", expected one of: ${known.join(', ')}`;
}

async function guess({ fallback }: Question, answers: Answers): Promise<string> {
  return fallback?.(answers) ?? '';
}

async function terminal(): Promise<Ask> {
  if (!isTerminal())
    throw invalid(
      'there is no terminal to ask on: give --yes, and --deployment or --issuer fleet --kibana-url',
    );
  const { askOnTerminal } = await import('./prompts.js');
  return askOnTerminal;
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx' });
  } catch (cause) {
    if (systemCode(cause) === 'EEXIST') throw alreadyThere(file);
    throw new RotorError('request_invalid', `${file} cannot be written (${systemCode(cause) ?? 'unknown'})`, {
      cause,
      hint: 'Name a file in a folder that you may write to, with --config.',
    });
  }
}

function alreadyThere(file: string): RotorError {
  return new RotorError('request_invalid', `${file} is there already, and is not overwritten`, {
    hint: 'Name another file with --config, or see `rotor explain rotations` for what to add to this one.',
  });
}

function invalid(what: string): RotorError {
  return new RotorError('request_invalid', `${what}; nothing was written`, {
    hint: 'See `rotor init --help`.',
  });
}

function textFor(file: string, { environment, awsPolicy, alsoSee }: Needs, emit: string): string {
  const width = Math.max(...environment.map(({ name }) => name.length));
  return [
    `${file} is written.`,
    '',
    'In the environment of Rotor, or in files that NAME_FILE names:',
    ...environment.map(({ name, what }) => `  ${name.padEnd(width)}  ${what}`),
    '',
    'In AWS, for whom its SDK finds: keys, a profile, the role of the machine (docs/aws-secrets-manager.md):',
    ...JSON.stringify(awsPolicy, undefined, 2)
      .split('\n')
      .map((line) => `  ${line}`),
    `  * is for what the config does not say: ${emit} --account ID --region REGION narrows it.`,
    ...(alsoSee.length > 0 ? ['', 'Also:', ...alsoSee.map((one) => `  ${one}`)] : []),
  ].join('\n');
}

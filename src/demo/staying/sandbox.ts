import { RotorError } from '../../rotation/errors.js';
import { printData, printNote, table } from '../../cli/print.js';
import { Interrupt } from '../interrupt.js';
import { assertSandboxPackages } from '../packages.js';
import { parseSeed } from '../seed.js';
import { begin } from './begin.js';
import type { Heard } from './receiver.js';
import { rotationsAt, type Shown } from './rotations.js';
import { startStayingWorld, type StayingWorld } from './world.js';

const CLOCK = 'HH:MM:SS'.length;

/** A world to try every command in, until it is interrupted. */
export async function sandbox(options: { readonly seed: string }): Promise<number> {
  const seed = parseSeed(options.seed);
  assertSandboxPackages();
  printNote('A world is made on this machine, with no account and nothing outside of it …');
  using interrupt = new Interrupt();
  const { signal } = interrupt;
  const rotations = rotationsAt(Date.now());
  const told = new Told();
  try {
    const world = await startStayingWorld({ seed, rotations, heard: (event) => told.hear(event), signal });
    try {
      await begin(await world.daemon.client(), rotations, signal);
      printData(welcome(world, rotations).join('\n'));
      told.show();
      await untilEnded(world, signal);
    } finally {
      await world.close();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  printNote('the sandbox has ended: its processes and files are gone');
  return 0;
}

/** Throws where the service ends, which nobody but a person can have brought about. */
async function untilEnded({ daemon }: StayingWorld, signal: AbortSignal): Promise<void> {
  const { promise: asked, resolve } = Promise.withResolvers<'asked'>();
  signal.addEventListener('abort', () => resolve('asked'), { once: true });
  const ended = await Promise.race([asked, daemon.ended()]);
  if (ended === 'asked' || signal.aborted) return;
  throw new RotorError('internal', `the service of the sandbox has ended, with code ${ended ?? 'none'}`);
}

/** What the notifier tells by signed webhooks; printed once the introduction stands. */
class Told {
  readonly #before: string[] = [];
  #isShown = false;

  hear({ type, subject }: Heard): void {
    const name = type.replace(/^dev\.rotor\./, '').replace(/\.v\d+$/, '');
    const line = `  ${new Date().toTimeString().slice(0, CLOCK)}  ${name.padEnd(NAME_WIDTH)}  ${subject}`;
    if (this.#isShown) printData(line);
    else this.#before.push(line);
  }

  show(): void {
    this.#isShown = true;
    for (const line of this.#before) printData(line);
  }
}

const NAME_WIDTH = 24;

const TRIES = [
  ['rotor status', 'how every rotation is, the worst first'],
  ['rotor rotate', 'choose one, see its plan, watch it'],
  ['rotor rotate checkout --watch', 'the same, without questions'],
  ['rotor get approvals', 'what a colleague has asked for; then `rotor approve ID --watch`'],
  ['rotor runs --outcome failed', 'then `rotor watch RUN` shows why'],
  ['rotor doctor', 'each part of every rotation by itself'],
  ['rotor events -f', 'what happens, a line each'],
  ['curl -sH @"$ROTOR_SANDBOX/auth" "$ROTOR_ADDR/v1/status"', ''],
] as const;

function welcome({ address, shellFile, folder }: StayingWorld, rotations: readonly Shown[]): string[] {
  const width = Math.max(...TRIES.filter(([, says]) => says !== '').map(([line]) => line.length));
  return [
    `Rotor serves at ${address}; its config is ${folder}/rotor.yaml.`,
    '',
    table(
      ['ROTATION', 'WHAT A ROTATION OF IT SHOWS'],
      rotations.map(({ name, says }) => [name, says]),
    ),
    '',
    'In another terminal, first this line, then any command of `rotor --help`:',
    '',
    `  . ${shellFile}`,
    '',
    ...TRIES.map(([line, says]) => `  ${says === '' ? line : `${line.padEnd(width)}  ${says}`}`),
    '',
    'Ctrl-C here ends all of it, and leaves nothing behind.',
    '',
    'What its notifier is told by signed webhooks:',
  ];
}

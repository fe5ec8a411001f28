import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Config } from '../../config/index.js';
import { inPackage } from '../../in-package.js';
import { needsOf, type Needs } from './needs.js';
import { writerOf } from './unit-user.js';
import { argument, word } from './unit-words.js';

const SHIPPED = 'deploy/rotor.service';
const STATE = '/var/lib';
/** Up to there a port is for whoever has a capability: https://man7.org/linux/man-pages/man7/capabilities.7.html */
const PRIVILEGED_BELOW = 1_024;
/** What ProtectHome= puts out of sight, with an empty folder in its place where something in it is needed. */
const HOME = /^\/(home|root|run\/user)(\/|$)/;
/** What PrivateTmp= does. */
const TEMPORARY = /^\/(var\/)?tmp(\/|$)/;

/** Absolute paths on the machine that the unit is for. */
export type Machine = {
  readonly configFile: string;
  readonly installed: string;
  readonly node: string;
  readonly isPostgres: boolean;
  readonly region?: string | undefined;
};

export type Unit = {
  readonly text: string;
  /** What a person has to do beside it, a sentence each. */
  readonly remarks: readonly string[];
};

/** The shipped unit, with what this config needs and nothing else open. */
export function unitOf(config: Config, machine: Machine): Unit {
  const needs = needsOf(config, machine);
  const writer = writerOf(needs.written, config.server.listen.port < PRIVILEGED_BELOW);
  const state = stateOf(config.stateDir);
  const replaced: Readonly<Record<string, readonly string[]>> = {
    Documentation: [`Documentation=file:${word(join(machine.installed, 'README.md'))}`],
    LoadCredential: credentialsOf(needs, dirname(machine.configFile)),
    StateDirectory: [`StateDirectory=${word(state)}`],
    SystemCallErrorNumber: ['SystemCallErrorNumber=EPERM', ...openedFor(needs, machine)],
    ...writer.directives,
    ...(isHomeNeeded(needs, machine) && { ProtectHome: ['ProtectHome=tmpfs'] }),
  };
  const lines = shippedLines().flatMap((line) => {
    const key = line.slice(0, line.indexOf('='));
    if (key === 'ExecStart') return [startOf(line, machine, state)];
    if (key === 'Environment' && line.includes('%d/')) return [];
    if (key === 'Environment') return [line, ...regionIn(needs, machine)];
    return replaced[key] ?? [line];
  });
  return {
    text: [...HEADER, ...lines].join('\n'),
    remarks: [...remarksOn(needs, machine), ...writer.remarks],
  };
}

const HEADER = [
  '# systemd unit of Rotor, by `rotor emit systemd`: make it anew when the config names other secrets or files.',
];

/** Without its comments, which speak to whoever adapts it by hand. */
function shippedLines(): string[] {
  return readFileSync(inPackage(SHIPPED), 'utf8')
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('#'));
}

function startOf(shipped: string, { node, installed, configFile }: Machine, state: string): string {
  const [, flags = ''] = / (--.*) \S+\/bin\/rotor\.js /.exec(shipped) ?? [];
  const command = [node, ...flags.split(' '), join(installed, 'bin/rotor.js'), 'serve'];
  const of = ['--config', configFile, '--state-dir', join(STATE, state)];
  return `ExecStart=${[...command, ...of].map(argument).join(' ')}`;
}

/** Of the folder in the config, where it is one that systemd makes; the flag of the unit wins over it. */
function stateOf(stateDir: string): string {
  return new RegExp(`^${STATE}/(?:private/)?(.+)$`).exec(stateDir)?.[1] ?? 'rotor';
}

/** The value is in a file beside the config; a reference to a file finds it where the config says. */
function credentialsOf({ secrets }: Needs, folder: string): string[] {
  return secrets.flatMap(({ name, place }) =>
    place.kind === 'env'
      ? [`LoadCredential=${name}:${word(join(folder, name))}`, `Environment=${place.name}_FILE=%d/${name}`]
      : [`LoadCredential=${name}:${word(place.path)}`, `BindReadOnlyPaths=%d/${name}:${word(place.path)}`],
  );
}

function regionIn({ isRegionOpen }: Needs, { region }: Machine): string[] {
  return isRegionOpen && region !== undefined ? [`Environment=${word(`AWS_REGION=${region}`)}`] : [];
}

function foldersOf({ written }: Needs): string[] {
  return [...new Set(written.map(({ path }) => dirname(path)))];
}

function openedFor(needs: Needs, machine: Machine): string[] {
  const folders = foldersOf(needs);
  return [
    ...readFor(needs, machine)
      .filter(isHidden)
      .map((path) => `BindReadOnlyPaths=${word(path)}`),
    ...folders.filter(isHidden).map((folder) => `BindPaths=${word(folder)}`),
    ...folders.map((folder) => `ReadWritePaths=${word(folder)}`),
  ];
}

function isHidden(path: string): boolean {
  return HOME.test(path) || TEMPORARY.test(path);
}

function readFor({ files }: Needs, { configFile, installed, node }: Machine): string[] {
  const isWithin = !relative(installed, node).startsWith('..');
  return [configFile, ...files.map(({ path }) => path), installed, ...(isWithin ? [] : [node])];
}

/** Also for a secret: what is bound below a folder that nobody may enter is read by nobody. */
function isHomeNeeded(needs: Needs, machine: Machine): boolean {
  const secrets = needs.secrets.flatMap(({ place }) => (place.kind === 'file' ? [place.path] : []));
  return [...readFor(needs, machine), ...foldersOf(needs), ...secrets].some((path) => HOME.test(path));
}

function remarksOn({ secrets, isRegionOpen }: Needs, { configFile, region }: Machine): string[] {
  const folder = dirname(configFile);
  const values = secrets.flatMap(({ name, place }) =>
    place.kind === 'env'
      ? [`put the value of ${place.name} into ${join(folder, name)}, for root alone (0600)`]
      : [],
  );
  const open = isRegionOpen && region === undefined;
  return [
    ...values,
    ...(isHidden(configFile)
      ? [
          `a file that takes the place of ${configFile} is seen after a restart alone, since the unit hides its folder: better keep it below /etc`,
        ]
      : []),
    ...(open ? ['a store names no region: give one with --region, or AWS_REGION in the unit'] : []),
  ];
}

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { consistencyProblems } from './consistency.js';
import { completeConfig, type Overrides } from './defaults.js';
import { duplicateProblems } from './duplicates.js';
import { effectiveValues, type EffectiveValue, type Origin, type Won } from './effective.js';
import type { Env } from './env.js';
import { listenAddress, listenText } from './fields.js';
import { configInvalid, configUnread, inOrder, type ConfigFinding } from './findings.js';
import { issuerProblems } from './issuer-needs.js';
import { expectation, problemsOf, type Problem } from './issues.js';
import { RotorError, systemCode } from '../rotation/errors.js';
import { notifyProblems } from './notify-consistency.js';
import { fieldOf, isPlainKey } from './plain.js';
import { configSchema, type Config, type DeclaredConfig } from './schema.js';
import { YamlSource, type Path, type Place } from './yaml-source.js';

export type LoadOptions = {
  /** Checked in place of what the file holds. */
  readonly text?: string;
  /** What was set in the environment wins over the file. */
  readonly env?: Pick<Env, 'overrides'>;
  /** From a flag, host:port; wins over the environment and the file. */
  readonly listen?: string;
  /** From a flag; wins over the environment and the file. Relative to the working directory. */
  readonly stateDir?: string;
};

/**
 * Reads and checks a config file; asks nobody and resolves no secret.
 * @throws RotorError `config_invalid` that lists every fault; `findingsOf` gives them one by one.
 */
export function loadConfig(path: string, options: LoadOptions = {}): Config {
  return readConfig(path, options).config;
}

/** A config, and what it was made from: plain data. */
export type LoadedConfig = {
  readonly config: Config;
  readonly file: string;
  /** What the file held. */
  readonly text: string;
  /** What won over it. */
  readonly flags: Overrides;
  readonly variables: Overrides;
};

/** As `loadConfig`, for whoever also tells where a value comes from. */
export function readConfig(path: string, options: LoadOptions = {}): LoadedConfig {
  const text = options.text ?? textOf(path);
  const declared = check(new YamlSource(path, text));
  const [flags, variables] = [flagsOf(options), options.env?.overrides ?? {}];
  return {
    config: completeConfig(declared, { ...variables, ...flags }),
    file: path,
    text,
    flags,
    variables,
  };
}

/** Reads the text once more: where each value stands is not kept. */
export function effectiveIn({ config, file, text, flags, variables }: LoadedConfig): EffectiveValue[] {
  const source = new YamlSource(file, text);
  const placeOf = (at: Path): Place => source.placeOf(at);
  return effectiveValues({ written: source.value(), config, placeOf, won: wonOver(flags, variables) });
}

function wonOver(flags: Overrides, variables: Overrides): Won {
  return new Map([
    ...wonBy(variables, (key) => ({ from: 'environment', variable: VARIABLES[key] })),
    ...wonBy(flags, (key) => ({ from: 'flag', flag: FLAGS[key] })),
  ]);
}

function wonBy({ listen, stateDir }: Overrides, originOf: (key: keyof Overrides) => Origin) {
  return [
    ...(listen
      ? [['server.listen', { value: listenText(listen), origin: originOf('listen') }] as const]
      : []),
    ...(stateDir === undefined
      ? []
      : [['stateDir', { value: resolve(stateDir), origin: originOf('stateDir') }] as const]),
  ];
}

const VARIABLES = { listen: 'ROTOR_LISTEN', stateDir: 'ROTOR_STATE_DIR' } as const;
const FLAGS = { listen: '--listen', stateDir: '--state-dir' } as const;

function check(source: YamlSource): DeclaredConfig {
  const faults = source.faults.map(({ place, path, ...words }) => ({
    file: source.file,
    ...place,
    path: dotted(path),
    ...words,
  }));
  if (!source.isReadable) throw configInvalid(inOrder(faults));
  if (source.isEmpty) throw configInvalid([emptyFile(source.file)]);
  const value = valueOf(source);
  const parsed = configSchema.safeParse(value, { error: expectation });
  const problems = [...problemsOf(parsed.error?.issues ?? [], value), ...crossProblems(value)];
  const findings = inOrder([...faults, ...problems.map((problem) => findingOf(source, problem))]);
  if (!parsed.success || findings.length > 0) throw configInvalid(findings);
  return parsed.data;
}

function crossProblems(value: unknown): Problem[] {
  const rotations = fieldOf(value, 'rotations');
  if (!Array.isArray(rotations)) return [];
  return [
    ...duplicateProblems(rotations),
    ...consistencyProblems(fieldOf(value, 'defaults'), rotations),
    ...notifyProblems(fieldOf(value, 'notifiers'), fieldOf(value, 'defaults'), rotations),
    ...issuerProblems(fieldOf(value, 'cloud') !== undefined, rotations),
  ];
}

function findingOf(source: YamlSource, { path, atKey, sameAs, found, ...rest }: Problem): ConfigFinding {
  return {
    file: source.file,
    ...(atKey ? source.placeOfKey(path) : source.placeOf(path)),
    path: dotted(path),
    found: sameAs === undefined ? found : `${found} as ${dotted(sameAs)} (${placeText(source, sameAs)})`,
    ...rest,
  };
}

function placeText(source: YamlSource, path: Path): string {
  const { line, column } = source.placeOf(path);
  return `${source.file}:${line}:${column}`;
}

function dotted(path: Path): string {
  return path.map((step) => (isPlainKey(step) ? String(step) : '[hidden key]')).join('.');
}

function valueOf(source: YamlSource): unknown {
  try {
    return source.value();
  } catch {
    const place = { file: source.file, line: 1, column: 1, path: '' };
    throw configInvalid([
      { ...place, found: 'aliases that multiply', expected: 'a file that holds each value about once' },
    ]);
  }
}

function emptyFile(file: string): ConfigFinding {
  return {
    file,
    line: 1,
    column: 1,
    path: '',
    found: 'an empty file',
    expected: 'a mapping with version and rotations',
    hint: 'Start from deploy/rotor.minimal.yaml.',
  };
}

const READ_FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EISDIR: 'a directory',
  EACCES: 'a file that the user of Rotor may not read',
};

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = systemCode(error) ?? 'unknown error';
    const isMissing = code === 'ENOENT';
    const finding = {
      file: path,
      line: 0,
      column: 0,
      path: '',
      found: READ_FAULTS[code] ?? `a file that cannot be read (${code})`,
      expected: 'a config file in YAML',
      hint: `Give its path with --config or ROTOR_CONFIG${isMissing ? ', or write a first one with `rotor init`' : ''}.`,
    };
    throw configUnread(finding, isMissing);
  }
}

function flagsOf({ listen, stateDir }: LoadOptions): Overrides {
  return {
    ...(listen !== undefined && { listen: listenOf(listen) }),
    ...(stateDir !== undefined && { stateDir }),
  };
}

function listenOf(flag: string): NonNullable<Overrides['listen']> {
  const parsed = listenAddress('', '').safeParse(flag);
  if (parsed.success) return parsed.data;
  const [expected = ''] = parsed.error.issues.map(({ message }) => message);
  throw new RotorError('request_invalid', `--listen: found "${flag}", expected ${expected}`);
}

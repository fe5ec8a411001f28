import { RotorError } from '../rotation/errors.js';

export type ConfigFinding = {
  readonly file: string;
  /** Both count from 1; 0 where the file as a whole is at fault. */
  readonly line: number;
  readonly column: number;
  /** Such as `rotations.0.targets.0.type`; empty for the whole document. */
  readonly path: string;
  /** Never the value of a secret. */
  readonly found: string;
  readonly expected: string;
  readonly hint?: string;
};

/** `rotor.yaml:10:17 rotations.0.targets.0.type: found "kubernetes", expected one of: file. <hint>` */
export function formatFinding({ file, line, column, path, ...words }: ConfigFinding): string {
  const place = line === 0 ? file : `${file}:${line}:${column}`;
  const where = path === '' ? place : `${place} ${path}`;
  return `${where}: ${formatWords(words)}`;
}

/** What is wrong, without where. */
export function formatWords({
  found,
  expected,
  hint,
}: Pick<ConfigFinding, 'found' | 'expected' | 'hint'>): string {
  return `found ${found}, expected ${expected}.${hint === undefined ? '' : ` ${hint}`}`;
}

/** By place, each one once: a fault in `defaults` shows up in every rotation. */
export function inOrder(findings: readonly ConfigFinding[]): ConfigFinding[] {
  const once = new Map(findings.map((finding) => [formatFinding(finding), finding]));
  return [...once.values()].toSorted(
    (a, b) => a.line - b.line || a.column - b.column || (a.path < b.path ? -1 : 1),
  );
}

/** An error whose message holds every finding, one a line; `findingsOf` gives them back. */
export function configInvalid(findings: readonly ConfigFinding[]): RotorError {
  const lines = findings.map(formatFinding);
  const [file = 'the config'] = findings.map((finding) => finding.file);
  const message =
    lines.length === 1 ? lines[0]! : [`${file} has ${lines.length} errors:`, ...lines].join('\n');
  return new RotorError('config_invalid', message, {
    cause: new Findings(findings),
    hint: 'Correct the file; rotor validate checks it again, and starts nothing.',
  });
}

/** Of a file that could not be read at all: there is nothing in it to correct. */
export function configUnread(finding: ConfigFinding, isMissing: boolean): RotorError {
  return new RotorError('config_invalid', formatFinding(finding), {
    cause: new Findings([finding], isMissing ? 'missing' : 'unreadable'),
  });
}

/** Why the file of an error that `loadConfig` threw was not read; undefined where it was. */
export function unreadOf(error: unknown): 'missing' | 'unreadable' | undefined {
  return error instanceof RotorError && error.cause instanceof Findings ? error.cause.unread : undefined;
}

/** The findings of an error that `loadConfig` threw; none for any other. */
export function findingsOf(error: unknown): readonly ConfigFinding[] {
  if (!(error instanceof RotorError) || !(error.cause instanceof Findings)) return [];
  return error.cause.list;
}

class Findings {
  constructor(
    readonly list: readonly ConfigFinding[],
    readonly unread?: 'missing' | 'unreadable',
  ) {}
}

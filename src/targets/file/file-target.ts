import { constants, type Stats } from 'node:fs';
import { access } from 'node:fs/promises';
import { RotorError, type Code } from '../../rotation/errors.js';
import { fingerprintOf, type Fingerprint, type Secret } from '../../rotation/secret.js';
import { checkToken, type AgentCheck } from '../agent-checks.js';
import type { Finding, Known, Observation, Target } from '../target.js';
import { removeLeftOvers, syncFolder, writeWhole } from './atomic-write.js';
import type { FileTargetConfig } from './config.js';
import { findDestination } from './destination.js';
import { FileDocument } from './document.js';
import { errnoOf, meaningOf } from './errno.js';
import { formatOf, formOf, keyOf, readerOf } from './formats.js';
import { FormProblem } from './forms/form.js';
import { preflightHook, runHook, type Hook, type HookContext } from './hook.js';
import type { Owner } from './owner.js';
import { wantedOwner } from './ownership.js';
import { PLAIN } from './plain.js';
import { Reader } from './reader.js';
import { seenBy } from './seen.js';

export type FileTargetDeps = {
  /** Where PATH is read, and a few harmless variables that commands are given; never handed on whole. */
  readonly environment: Readonly<Record<string, string | undefined>>;
};

type Place = {
  readonly path: string;
  readonly folder: string;
  readonly existing: Stats | undefined;
  readonly owner: Owner | undefined;
  readonly mode: number;
};

/**
 * A file that holds the token, alone or in one of the forms in which agents read it, with commands to make its reader
 * load it and to ask what it runs with. For an agent that no delivery reaches, nothing is written unless a format asks
 * for it.
 */
export function createFileTarget(config: FileTargetConfig, deps: FileTargetDeps): Target {
  return new FileTarget(config, deps);
}

const PERMISSIONS = 0o7777;
const PRIVATE = 0o600;
const READ_BY_ALL = 0o004;

class FileTarget implements Target {
  readonly #config: FileTargetConfig;
  readonly #deps: FileTargetDeps;
  readonly #where: string;
  readonly #contents: FileDocument | typeof PLAIN;
  readonly #reader: Reader;
  readonly #reload: Hook | undefined;
  readonly #check: Hook | undefined;

  constructor(config: FileTargetConfig, deps: FileTargetDeps) {
    this.#config = config;
    this.#deps = deps;
    this.#where = `Target ${config.name}`;
    const [format, form] = [formatOf(config), formOf(config)];
    this.#contents = format !== undefined && form !== undefined ? new FileDocument(format, form) : PLAIN;
    this.#reader = new Reader(config, this.#where);
    this.#reload = hook('reload', config.reload, config.reloadTimeoutMs);
    this.#check = hook('check', config.check, config.checkTimeoutMs);
  }

  async preflight(signal: AbortSignal, known?: Known): Promise<readonly Finding[]> {
    this.#stopIfAborted(signal);
    // What the agent is decides before anything is read, and where nothing is written, alone.
    const findings = this.#accepted(this.#reader.check(undefined));
    if (!this.#isWritten) return findings;
    const place = await this.#place('target_refused');
    await this.#writable(place);
    for (const each of [this.#reload, this.#check]) {
      this.#stopIfAborted(signal);
      if (each) await preflightHook(each, this.#context(signal));
    }
    const settings = await this.#understood('target_refused', this.#contents.settings(place.path));
    return [
      ...this.#accepted(this.#reader.check(settings, known)),
      ...this.#exposed(place),
      ...(await this.#added(place)),
    ];
  }

  async deliver(token: Secret, signal: AbortSignal): Promise<void> {
    this.#stopIfAborted(signal);
    if (!this.#isWritten) return;
    const place = await this.#place('target_failed');
    await this.#write(place, token.reveal(), signal);
    this.#stopIfAborted(signal);
    // Also when the file held the token already: a crash may have come between the write and the reload.
    if (this.#reload) await runHook(this.#reload, this.#context(signal, { token: token.reveal() }));
  }

  async observe(expected: Fingerprint, signal: AbortSignal): Promise<Observation> {
    this.#stopIfAborted(signal);
    const { release } = this.#reader;
    if (!this.#isWritten) return { state: 'needs_release', detail: release ?? NOT_BY_DELIVERY };
    const seen = await this.#seen(expected, signal);
    const isHeld = seen.state === 'pending' || (await this.#held()) === expected;
    if (isHeld) return release === undefined ? seen : { state: 'needs_release', detail: release };
    // Whatever runs now, the next restart would read what the file holds.
    return { state: 'pending', seen: 0, of: seen.state === 'converged' ? seen.of : 1 };
  }

  get #isWritten(): boolean {
    return formatOf(this.#config) !== undefined;
  }

  async #seen(expected: Fingerprint, signal: AbortSignal): Promise<Observation> {
    if (!this.#check) return { state: 'assumed' };
    const result = await runHook(this.#check, this.#context(signal, { expected }));
    return seenBy(result, expected, this.#where);
  }

  /** Of what the file holds; undefined where it cannot be a token, or cannot be read. */
  async #held(): Promise<Fingerprint | undefined> {
    const held = await this.#contents.held(this.#config.path).catch(() => undefined);
    return held === undefined ? undefined : fingerprintOf(held);
  }

  async #write(place: Place, token: string, signal: AbortSignal): Promise<void> {
    const [refusal] = checkToken(readerOf(this.#config) ?? 'any', token, this.#where);
    if (refusal !== undefined) throw new RotorError('target_failed', refusal, { retryable: false });
    const writing = async (): Promise<void> => {
      await removeLeftOvers(place.path);
      const next = await this.#contents.next(place.path, token);
      // Written before, perhaps by a Rotor that was killed before the new name was durable.
      if (next.same && isAsWanted(place)) return syncFolder(place.folder);
      const file = { path: place.path, content: next.content, mode: place.mode, owner: place.owner };
      await writeWhole(file, () => {
        this.#stopIfAborted(signal);
        if (!next.stillAsRead())
          throw this.#error('target_failed', 'was changed by somebody else meanwhile', {});
      });
    };
    await this.#understood('target_failed', writing(), 'written');
  }

  /** What may go wrong with the file, as the one error class. */
  async #understood<T>(code: Code, work: Promise<T>, what: 'read' | 'written' = 'read'): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (error instanceof RotorError) throw error;
      if (error instanceof FormProblem) throw this.#error(code, error.problem, { hint: error.hint });
      const hint =
        what === 'read'
          ? 'Let the user that Rotor runs as read it.'
          : 'Nothing half-written is left: the file holds the old token or the new one.';
      throw this.#error(code, `could not be ${what}: ${meaningOf(errnoOf(error))}`, { cause: error, hint });
    }
  }

  #accepted({ refusals, findings }: AgentCheck): readonly Finding[] {
    if (refusals.length > 0) throw new RotorError('target_refused', refusals.join(' '));
    return findings;
  }

  #exposed({ path, mode }: Place): readonly Finding[] {
    if ((mode & READ_BY_ALL) === 0) return [];
    const octal = mode.toString(8).padStart(4, '0');
    return [`${this.#where}: ${path} can be read by every user of its machine (mode ${octal}).`];
  }

  /** A place that a first delivery makes, or one with a slip of the pen. */
  async #added({ path, existing, mode }: Place): Promise<readonly Finding[]> {
    if (existing === undefined) {
      const octal = mode.toString(8).padStart(4, '0');
      return [`${this.#where}: ${path} does not exist yet: it will be made, with mode ${octal}.`];
    }
    const key = keyOf(this.#config);
    if (key === undefined) return [];
    const held = await this.#understood('target_refused', this.#contents.held(path));
    if (held !== undefined) return [];
    return [`${this.#where}: ${path} has no token at ${key} yet: it will be added.`];
  }

  async #writable({ folder }: Place): Promise<void> {
    await access(folder, constants.W_OK | constants.X_OK).catch((error: unknown) => {
      const why = `lies in ${folder}, where Rotor may not write: ${meaningOf(errnoOf(error))}`;
      throw this.#error('target_refused', why, {
        cause: error,
        hint: 'Let the user that Rotor runs as write there.',
      });
    });
  }

  async #place(code: Code): Promise<Place> {
    const destination = await findDestination(this.#config.path);
    if (!destination.ok) throw this.#error(code, destination.problem, destination);
    const wanted = await wantedOwner(this.#config.owner, destination.existing);
    if (!wanted.ok) throw this.#error(code, wanted.problem, wanted);
    const present = (destination.existing?.mode ?? PRIVATE) & PERMISSIONS;
    const { mode } = this.#config;
    return {
      ...destination,
      owner: wanted.owner,
      mode: mode === undefined ? present : Number.parseInt(mode, 8),
    };
  }

  #context(signal: AbortSignal, known: Pick<HookContext, 'token' | 'expected'> = {}): HookContext {
    return { where: this.#where, environment: this.#deps.environment, signal, ...known };
  }

  #stopIfAborted(signal: AbortSignal): void {
    if (signal.aborted)
      throw this.#error('target_failed', 'was left as it is, because the work was stopped', {});
  }

  #error(code: Code, what: string, options: { cause?: unknown; hint?: string }): RotorError {
    const { cause, hint } = options;
    const message = `${this.#where}: ${this.#config.path} ${what}.`;
    return new RotorError(code, message, { ...(cause ? { cause } : {}), ...(hint ? { hint } : {}) });
  }
}

const NOT_BY_DELIVERY = 'No delivery reaches this agent.';

function isAsWanted({ existing, mode, owner }: Place): boolean {
  if (existing === undefined || (existing.mode & PERMISSIONS) !== mode) return false;
  return !owner || (owner.uid === existing.uid && (owner.gid ?? existing.gid) === existing.gid);
}

function hook(kind: Hook['kind'], argv: readonly string[] | undefined, timeoutMs: number): Hook | undefined {
  return argv && argv.length > 0 ? { kind, argv, timeoutMs } : undefined;
}

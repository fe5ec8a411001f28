import { constants, type Stats } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import { RotorError, type Code } from '../../rotation/errors.js';
import { Secret, type Fingerprint } from '../../rotation/secret.js';
import type { Finding, Observation, Target } from '../target.js';
import { removeLeftOvers, syncFolder, writeWhole } from './atomic-write.js';
import type { FileTargetConfig } from './config.js';
import { findDestination } from './destination.js';
import { errnoOf, meaningOf } from './errno.js';
import { preflightHook, runHook, type Hook, type HookContext } from './hook.js';
import type { Owner } from './owner.js';
import { wantedOwner } from './ownership.js';
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
};

/** A file that holds the token and nothing else, with commands to make its reader load it and to ask what it runs with. */
export function createFileTarget(config: FileTargetConfig, deps: FileTargetDeps): Target {
  return new FileTarget(config, deps);
}

const PERMISSIONS = 0o7777;

class FileTarget implements Target {
  readonly #config: FileTargetConfig;
  readonly #deps: FileTargetDeps;
  readonly #mode: number;
  readonly #where: string;
  readonly #reload: Hook | undefined;
  readonly #check: Hook | undefined;

  constructor(config: FileTargetConfig, deps: FileTargetDeps) {
    this.#config = config;
    this.#deps = deps;
    this.#mode = Number.parseInt(config.mode, 8);
    this.#where = `Target ${config.name}`;
    this.#reload = hook('reload', config.reload, config.reloadTimeoutMs);
    this.#check = hook('check', config.check, config.checkTimeoutMs);
  }

  async preflight(signal: AbortSignal): Promise<readonly Finding[]> {
    this.#stopIfAborted(signal);
    const place = await this.#place('target_refused');
    await access(place.folder, constants.W_OK | constants.X_OK).catch((error: unknown) => {
      const why = `lies in ${place.folder}, where Rotor may not write: ${meaningOf(errnoOf(error))}`;
      throw this.#error('target_refused', why, {
        cause: error,
        hint: 'Let the user that Rotor runs as write there.',
      });
    });
    for (const each of [this.#reload, this.#check]) {
      this.#stopIfAborted(signal);
      if (each) await preflightHook(each, this.#context(signal));
    }
    return [];
  }

  async deliver(token: Secret, signal: AbortSignal): Promise<void> {
    this.#stopIfAborted(signal);
    const place = await this.#place('target_failed');
    await this.#write(place, token, signal);
    this.#stopIfAborted(signal);
    // Also when the file held the token already: a crash may have come between the write and the reload.
    if (this.#reload) await runHook(this.#reload, this.#context(signal, { token: token.reveal() }));
  }

  async observe(expected: Fingerprint, signal: AbortSignal): Promise<Observation> {
    this.#stopIfAborted(signal);
    const seen = await this.#seen(expected, signal);
    if (seen.state === 'pending' || (await fingerprintIn(this.#config.path)) === expected) return seen;
    // Whatever runs now, the next restart would read what the file holds.
    return { state: 'pending', seen: 0, of: seen.state === 'converged' ? seen.of : 1 };
  }

  async #seen(expected: Fingerprint, signal: AbortSignal): Promise<Observation> {
    if (!this.#check) return { state: 'assumed' };
    const result = await runHook(this.#check, this.#context(signal, { expected }));
    return seenBy(result, expected, this.#where);
  }

  async #write(place: Place, token: Secret, signal: AbortSignal): Promise<void> {
    try {
      await removeLeftOvers(place.path);
      // Written before, perhaps by a Rotor that was killed before the new name was durable.
      if (await this.#holds(place, token)) return await syncFolder(place.folder);
      const file = { path: place.path, content: token.reveal(), mode: this.#mode, owner: place.owner };
      await writeWhole(file, () => this.#stopIfAborted(signal));
    } catch (error) {
      if (error instanceof RotorError) throw error;
      const hint = 'Nothing half-written is left: the file holds the old token or the new one.';
      throw this.#error('target_failed', `could not be written: ${meaningOf(errnoOf(error))}`, {
        cause: error,
        hint,
      });
    }
  }

  async #holds({ path, existing, owner }: Place, token: Secret): Promise<boolean> {
    if (existing === undefined || (existing.mode & PERMISSIONS) !== this.#mode) return false;
    if (owner && (owner.uid !== existing.uid || (owner.gid ?? existing.gid) !== existing.gid)) return false;
    // A large file is somebody else's; reading it to see that would cost memory for nothing.
    if ((await stat(path)).size !== Buffer.byteLength(token.reveal())) return false;
    return new Secret(await readFile(path, 'utf8')).equals(token);
  }

  async #place(code: Code): Promise<Place> {
    const destination = await findDestination(this.#config.path);
    if (!destination.ok) throw this.#error(code, destination.problem, destination);
    const wanted = await wantedOwner(this.#config.owner, destination.existing);
    if (!wanted.ok) throw this.#error(code, wanted.problem, wanted);
    return { ...destination, owner: wanted.owner };
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

/** A token is short: what is longer is something else, and not read. */
const LONGEST_TOKEN_BYTES = 4096;

/** Of what the file holds; undefined where it cannot be a token, or cannot be read. */
async function fingerprintIn(path: string): Promise<Fingerprint | undefined> {
  try {
    if ((await stat(path)).size > LONGEST_TOKEN_BYTES) return undefined;
    return new Secret(await readFile(path, 'utf8')).fingerprint;
  } catch {
    return undefined;
  }
}

function hook(kind: Hook['kind'], argv: readonly string[] | undefined, timeoutMs: number): Hook | undefined {
  return argv && argv.length > 0 ? { kind, argv, timeoutMs } : undefined;
}

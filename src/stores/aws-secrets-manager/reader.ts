import { RotorError } from '../../rotation/errors.js';
import type { Secret } from '../../rotation/secret.js';
import type { Pin, VersionId } from '../store.js';
import type { Content, Description, SecretApi } from './api.js';
import { CURRENT } from './labels.js';
import { patiently } from './patience.js';
import type { ValueFormat } from './value-format.js';

export type ReaderParts = {
  readonly api: SecretApi;
  readonly format: ValueFormat;
  /** `secret apm/token in eu-central-1`. */
  readonly place: string;
  readonly delaysMs: readonly number[];
};

/** Reads versions by id, and waits for those that AWS does not show yet. */
export class VersionReader {
  readonly #parts: ReaderParts;

  constructor(parts: ReaderParts) {
    this.#parts = parts;
  }

  /** undefined: the version holds no token. */
  async token(version: VersionId, signal: AbortSignal): Promise<Secret | undefined> {
    return this.tokenIn(await this.content(version, signal));
  }

  async content(version: VersionId, signal: AbortSignal): Promise<Content> {
    const { api, delaysMs } = this.#parts;
    const content = await patiently(() => api.content({ version }, signal), delaysMs, signal);
    if (content !== undefined) return content;
    throw await this.absence(version, signal);
  }

  tokenIn(content: Content): Secret | undefined {
    return this.#parts.format.tokenIn(this.textOf(content), this.placeOf(content.version));
  }

  async pin(version: VersionId, signal: AbortSignal): Promise<Pin | undefined> {
    return this.pinIn(await this.content(version, signal));
  }

  pinIn(content: Content): Pin | undefined {
    const token = this.tokenIn(content);
    return token && { version: content.version, fingerprint: token.fingerprint };
  }

  /** Whether the two differ in nothing but the token; a version that is gone has nothing to differ in. */
  async agreeBesides(one: VersionId, other: VersionId, signal: AbortSignal): Promise<boolean> {
    const { api, format, place, delaysMs } = this.#parts;
    if (!format.hasNeighbours || one === other) return true;
    const mine = await this.content(one, signal);
    const theirs = await patiently(() => api.content({ version: other }, signal), delaysMs, signal);
    return theirs === undefined || format.agreeBesides(this.textOf(mine), this.textOf(theirs), place);
  }

  textOf({ text, version }: Content): string {
    if (text !== undefined) return text;
    throw new RotorError('store_refused', `${this.placeOf(version)} holds bytes, not text.`, {
      hint: 'Store the token as SecretString, or name another secret.',
    });
  }

  /** Why a version could not be read, or labelled: still on its way, or not there. */
  async absence(version: VersionId, signal: AbortSignal): Promise<RotorError> {
    const description = await this.#parts.api.describe(signal);
    if (description === undefined) {
      return new RotorError('store_missing', `AWS does not find ${this.#parts.place}.`, {
        hint: 'Check its name, region and account; it may have been deleted.',
      });
    }
    const where = this.placeOf(version);
    return description.labels.has(version)
      ? new RotorError('store_unavailable', `AWS lists ${where} but does not give it out yet.`)
      : new RotorError('store_missing', `AWS does not find ${where}.`, {
          hint: 'AWS deletes versions that carry no label; the token in it is gone.',
        });
  }

  placeOf(version: VersionId): string {
    return `version ${version} of ${this.#parts.place}`;
  }
}

export function currentOf(description: Description | undefined): VersionId | undefined {
  return description?.labels.entries().find(([, labels]) => labels.includes(CURRENT))?.[0];
}

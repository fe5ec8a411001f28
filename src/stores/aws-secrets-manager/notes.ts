import { RotorError } from '../../rotation/errors.js';
import type { Note, Notes } from '../driven-store.js';
import type { StageKey, VersionId } from '../store.js';
import { crossedLabel, isCrossedLabel, isNoteLabel, noteLabel } from './labels.js';
import type { StoreParts } from './parts.js';
import { patiently } from './patience.js';

/**
 * Notes as versions of the secret. PutSecretValue makes one version for one ClientRequestToken, and refuses another
 * text under it, which makes it a test-and-set where every text is another one:
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
 */
export class Notebook implements Notes {
  constructor(private readonly parts: StoreParts) {}

  async write(key: StageKey, words: string, signal: AbortSignal): Promise<'written' | 'taken'> {
    const version = key as string as VersionId;
    const labels = await this.parts.api.put({ version, text: words, labels: [noteLabel(version)] }, signal);
    if (labels === 'absent') throw await this.parts.reader.absence(version, signal);
    return labels === 'taken' ? 'taken' : 'written';
  }

  async read(key: VersionId, signal: AbortSignal): Promise<string> {
    const { api, reader, delaysMs } = this.parts;
    const content = await patiently(async () => api.content({ version: key }, signal), delaysMs, signal);
    if (content === undefined) throw await reader.absence(key, signal);
    return reader.textOf(content);
  }

  /** The sign that it is void comes first: a death in between leaves it void. */
  async cross(key: VersionId, signal: AbortSignal): Promise<void> {
    const { api, reader } = this.parts;
    const crossed = await api.move({ label: crossedLabel(key), to: key }, signal);
    if (crossed === 'absent') throw await reader.absence(key, signal);
    await this.#takeOff(noteLabel(key), key, signal);
  }

  async erase(key: VersionId, signal: AbortSignal): Promise<void> {
    await this.#takeOff(noteLabel(key), key, signal);
    await this.#takeOff(crossedLabel(key), key, signal);
  }

  async kept(signal: AbortSignal): Promise<readonly Note[]> {
    const secret = await this.parts.api.describe(signal);
    if (secret === undefined) {
      throw new RotorError('store_missing', `AWS does not find ${this.parts.place}.`);
    }
    return [...secret.labels].flatMap(([key, labels]) => {
      const isCrossed = labels.some(isCrossedLabel);
      return isCrossed || labels.some(isNoteLabel) ? [{ key, isCrossed }] : [];
    });
  }

  async #takeOff(label: string, from: VersionId, signal: AbortSignal): Promise<void> {
    // `elsewhere` and `absent` mean that the version does not have the label.
    await this.parts.api.move({ label, from }, signal);
  }
}

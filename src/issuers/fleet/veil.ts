import type { Secret } from '../../rotation/secret.js';
import { shortened } from '../../rotation/well-formed.js';

const REMEMBERED = 8;
const LONGEST = 300;

/** Cleans texts that others wrote, such as the status of an Elastic Agent, which may quote its configuration. */
export class Veil {
  #tokens: readonly Secret[] = [];

  /** From now on this token is taken out. */
  learn(token: Secret): void {
    const others = this.#tokens.filter((known) => !known.equals(token));
    this.#tokens = [...others, token].slice(-REMEMBERED);
  }

  /** One line of at most 300 characters, without any token that was learnt and without what could be another. */
  cover(text: string): string {
    const known = this.#tokens.filter((token) => !token.isEmpty);
    const covered = known.reduce((shown, token) => shown.replaceAll(token.reveal(), '[secret]'), text);
    const line = covered
      .replaceAll(/[\w+=-]{20,}/g, (word) => (/\d/.test(word) ? '[secret]' : word))
      .replaceAll(/[\p{C}\p{Z}]+/gu, ' ')
      .trim();
    return shortened(line, LONGEST);
  }
}

import { autocomplete, confirm, isCancel, text } from '@clack/prompts';
import type { RotationView } from '../triggers/rotation-view.js';
import type { Guide } from './guided.js';

const output = process.stderr;
/** So that a plan that is longer than a screen is not what the next question is lost in. */
const MOST_SHOWN = 10;
const DATE = 'YYYY-MM-DD'.length;

export const guideOnTerminal: Guide = {
  async choose(rotations) {
    const width = Math.max(...rotations.map(({ name }) => name.length));
    const chosen = await autocomplete({
      message: 'Which rotation? The worst are first; type to find one.',
      options: rotations.map((one) => ({
        value: one.name,
        label: `${one.name.padEnd(width)}  ${one.state.replaceAll('_', ' ')}`,
        hint: hintOf(one),
      })),
      maxItems: MOST_SHOWN,
      output,
    });
    return isCancel(chosen) ? undefined : chosen;
  },
  async reason(usual) {
    const typed = await text({
      message: 'Why? It is kept in the audit log.',
      placeholder: usual,
      defaultValue: usual,
      output,
    });
    return isCancel(typed) ? undefined : typed.trim() || usual;
  },
  async agree(message) {
    const answer = await confirm({ message, initialValue: false, output });
    return isCancel(answer) ? undefined : answer;
  },
};

function hintOf({ fingerprint, tokenSince, pause, held }: RotationView): string {
  if (pause) return `paused: ${pause.reason}`;
  if (held) return `held back by ${held.by.replaceAll('_', ' ')}`;
  if (fingerprint === null || tokenSince === null) return 'not rotated yet';
  return `token ${fingerprint} since ${tokenSince.slice(0, DATE)}`;
}

import { text } from './fields.js';

/** Of any kind of target. */
export function targetName(fallback: string) {
  return text(`Name of the target, unique in its rotation. Default: ${fallback}.`, {
    pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
    expected: 'up to 63 letters, digits, dots, hyphens and underscores, the first one a letter or digit',
  });
}

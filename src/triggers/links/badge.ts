import { severityOf, type Judged, type Severity } from '../severity.js';

/** `late`: somebody should look, and no token is too old. `unknown`: there is no rotation to tell of. */
export type Verdict = 'up' | 'late' | 'down' | 'unknown';

/** By age and outcome, never by whether the process runs: https://healthchecks.io/docs/badges/ */
const VERDICTS: Readonly<Record<Severity, Verdict>> = { none: 'up', warning: 'late', critical: 'down' };

export type Badge = { readonly label: string; readonly verdict: Verdict; readonly value: string };

/** The worst of them, and how many are there; `now` in milliseconds since 1970. */
export function badgeOf(label: string, rotations: readonly Judged[], now: number): Badge {
  const verdicts = rotations.map((rotation) => VERDICTS[severityOf(rotation, now)]);
  const verdict = (['down', 'late', 'up'] as const).find((one) => verdicts.includes(one)) ?? 'unknown';
  const count = verdicts.filter((one) => one === verdict).length;
  const isOfMany = rotations.length > 1 && verdict !== 'up';
  return { label, verdict, value: isOfMany ? `${count} ${verdict}` : verdict };
}

/** White on each has a contrast of 4.5 and more: https://www.w3.org/TR/WCAG22/#contrast-minimum */
const COLOURS: Readonly<Record<Verdict, string>> = {
  up: '#1a7f37',
  late: '#9a6700',
  down: '#cf222e',
  unknown: '#6e7781',
};
const LABEL_COLOUR = '#555';
/** Of a character on average; the text is then set to just this width, whatever font there is. */
const CHAR_WIDTH = 6.6;
const PADDING = 7;

/** An image that needs no script, no style sheet and no font of its own, and reads well aloud. */
export function svgOf({ label, verdict, value }: Badge): string {
  const [left, right] = [widthOf(label), widthOf(value)];
  const whole = `${escaped(label)}: ${value}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${left + right}" height="20" role="img" aria-label="${whole}">`,
    `<title>${whole}</title>`,
    `<rect width="${left + right}" height="20" rx="3" fill="${COLOURS[verdict]}"/>`,
    `<path d="M3 0h${left - 3}v20H3a3 3 0 0 1-3-3V3a3 3 0 0 1 3-3z" fill="${LABEL_COLOUR}"/>`,
    '<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">',
    textAt(PADDING, label),
    textAt(left + PADDING, value),
    '</g></svg>\n',
  ].join('');
}

function textAt(x: number, text: string): string {
  const width = widthOf(text) - 2 * PADDING;
  return `<text x="${x}" y="14" textLength="${width}" lengthAdjust="spacingAndGlyphs">${escaped(text)}</text>`;
}

function widthOf(text: string): number {
  return Math.ceil(text.length * CHAR_WIDTH) + 2 * PADDING;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
